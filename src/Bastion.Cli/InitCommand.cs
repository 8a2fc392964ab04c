using System.CommandLine;
using Bastion.Control;

namespace Bastion.Cli;

/// <summary>`bastion init DIR`: a configuration and a policy to start from, with a comment on every line that
/// matters.</summary>
internal static class InitCommand
{
    public const string FileName = "bastion.yaml";

    private const string PolicyResource = "starter-policy/";

    private const string Template =
        """
        # The gateway's configuration. People, targets and rules stand in the policy; this file says where things are.
        # Check it with: bastion doctor --config bastion.yaml

        # Journal, recordings, database and keys. Only the gateway's own user may read it. Back it up.
        data: data

        # The policy: every *.yaml in this directory. Saved changes are taken up when they are valid.
        policies: policies

        # The name under which the journal signs. Choose it once: verifiers know the journal by it.
        journal-name: bastion

        # Megabytes. With less free disk no new session starts.
        minimum-free-disk: 256
        # kilobytes kept of what a command without a terminal reads and says, each way; all of it is digested; 0 keeps none
        kept-content: 256

        ssh:
          address: 0.0.0.0
          port: 2222
          # modern, or compatible: also the NIST curves and ECDSA host keys, for clients that need them, or
          # light: without sntrup761, for automation that logs in many times a second with OpenSSH before 9.9.
          algorithms: modern

        web:
          # Plain HTTP is for this machine, or behind a proxy that does TLS.
          address: 127.0.0.1
          port: 8080
          # certificate: fullchain.pem
          # key: privkey.pem
          # How people reach the pages, for the links in terminals:
          # url: https://bastion.example.com

        # Copies of every record, each to its own place, always from the journal: nothing is lost while one is down, it comes
        # later. Secrets stand in files that nobody else may read. `bastion ship status` says how far each is.
        # ship:
        #   siem:
        #     kind: elasticsearch             # or OpenSearch; daily indices ALIAS-YYYY.MM.DD
        #     url: https://es.example.com:9200
        #     api-key-file: es.key            # or user and password-file
        #     ca-file: es-ca.pem              # only certificates under these authorities are believed
        #     alias: bastion-audit
        #     install-template: true          # false when an administrator of the cluster does it
        #   collector: {kind: otlp, url: https://collector.example.com:4318, ca-file: ca.pem}
        #   soc: {kind: syslog, host: syslog.example.com, port: 6514, ca-file: ca.pem}    # RFC 5424 over TLS
        #   lines: {kind: file, directory: /var/log/bastion, rotate-megabytes: 64}

        # Journal and recordings in S3-compatible stores whose objects nobody can delete before their time. `bastion audit restore`
        # makes a working log from an archive alone. The keys in data/keys are no part of it: back them up elsewhere.
        # archive:
        #   vault:
        #     bucket: bastion-evidence        # made with object lock
        #     endpoint: https://s3.example.com    # left out for AWS
        #     region: eu-central-1
        #     credentials-file: s3.key        # two lines: access key, secret key
        #     prefix: gateway-1
        #     object-lock: compliance         # or governance, or none

        # Who cosigns the journal, on a machine that the gateway's administrators do not hold: what was shown to a witness cannot be
        # taken back, not even with a disk image of yesterday. `bastion audit witness` is one.
        # audit:
        #   witnesses:
        #     w1: {url: "https://w1.example.com:9633", key: "what the witness printed at its start"}
        #   on-refusal: stop                # no new session; or warn

        # How long recordings are kept at least, here and under lock in the archives. The journal is never deleted.
        # Less than 180 days needs a `reason`, and in `by` the security administrator who gives it.
        retention:
          days: 400

        # Reports that the gateway makes, signs, keeps (in DATA/reports) and sends by itself. Those that a stop missed are made up for.
        reports:
          # time-zone: Asia/Shanghai
          languages: [en]               # en, zh
          formats: [html, json]         # and pdf, where Chromium is installed
          daily: "06:00"
          weekly: monday 06:00
          monthly: "06:00"              # on the first
          # keep-days: 400              # those in DATA/reports; without it, as long as recordings
          # to: [auditors, head-of-it@example.com]   # names of the policy, or addresses

        # How the gateway reaches people: reports, anomalies, and what a rule's `notify` asks for.
        # notify:
        #   language: en
        #   mail: {server: smtp.example.com, port: 587, security: starttls, from: bastion@example.com, user: bastion, password-file: mail-password}
        #   webhooks:
        #     audit: {url: https://hooks.example.com/bastion, secret-file: webhook-secret, sends: all}   # or reports, notices
        #   addresses: {carol: carol@example.com, security-team: [security@example.com]}
        #   anomalies: [security-team]

        """;

    public static Command Create()
    {
        var directory = new Argument<string>("directory")
        {
            Description = "Made if missing; nothing in it is overwritten.",
        };
        var command = new Command("init", "Write a commented configuration and a first policy.") { directory };
        command.SetAction(parsed =>
        {
            string root = Path.GetFullPath(parsed.GetValue(directory)!);
            Directory.CreateDirectory(Path.Combine(root, "policies"));
            Write(Path.Combine(root, FileName), Template);
            foreach (string name in PolicyFiles())
            {
                Write(Path.Combine(root, "policies", name), Read(name));
            }

            Console.WriteLine(
                $"""
                next:
                  1  edit {Path.Combine(root, "policies", "policy.yaml")}: people, their public keys, your target
                  2  bastion credential add server-1 --config {Path.Combine(root,
                      FileName)} --key-file ~/.ssh/id_ed25519
                  3  bastion user add bob --config {Path.Combine(root, FileName)}
                  4  bastion doctor --config {Path.Combine(root, FileName)}
                  5  bastion serve --config {Path.Combine(root, FileName)}
                """);
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>The starter policy, its cases and the schemas editors complete from.</summary>
    private static IEnumerable<string> PolicyFiles() => typeof(InitCommand).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(PolicyResource, StringComparison.Ordinal))
        .Select(name => name[PolicyResource.Length..])
        .Order(StringComparer.Ordinal);

    private static string Read(string name)
    {
        using var reader =
            new StreamReader(typeof(InitCommand).Assembly.GetManifestResourceStream(PolicyResource + name)!);
        return reader.ReadToEnd();
    }

    private static void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path))
        {
            throw new CommandFailedException($"`{path}` exists already and is left as it is; choose another directory");
        }

        File.WriteAllText(path, content);
        Console.WriteLine($"wrote {path}");
    }
}
