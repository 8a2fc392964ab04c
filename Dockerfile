# syntax=docker/dockerfile:1
# Node bundles the web client, the SDK publishes, the runtime image carries only what was published.
# Needs no .git: the build is the same from any directory.
FROM node:22-slim AS client
WORKDIR /source/src/Bastion.Web/client
COPY src/Bastion.Web/client/package.json src/Bastion.Web/client/package-lock.json ./
RUN npm ci --ignore-scripts
COPY src/Bastion.Web/client/ ./
# The pages mark what is not seen by the same table as every other screen.
COPY src/Bastion.Text/hidden-characters.txt /source/src/Bastion.Text/
RUN npm run build

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY src/ src/
COPY policies/ policies/
COPY --from=client /source/src/Bastion.Web/client/dist/ src/Bastion.Web/client/dist/
RUN dotnet publish src/Bastion.Cli --configuration Release --output /published -p:SkipClient=true

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS run
# The only place that is written to is the data directory; the root file system can be mounted read-only.
RUN groupadd --system --gid 10001 bastion \
 && useradd --system --uid 10001 --gid bastion --home-dir /data --shell /usr/sbin/nologin bastion \
 && install -d -o bastion -g bastion -m 0700 /data
COPY --from=build /published /opt/bastion
COPY --from=build /source/policies /opt/bastion/policies
USER 10001:10001
VOLUME /data
EXPOSE 2222 8080
ENV DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
  CMD ["/opt/bastion/bastion", "doctor", "--health", "http://127.0.0.1:8080/healthz"]
ENTRYPOINT ["/opt/bastion/bastion"]
CMD ["serve", "--config", "/data/bastion.yaml"]
