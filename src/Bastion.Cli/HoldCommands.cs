using System.CommandLine;
using System.Text.Json;
using Bastion.Control;

namespace Bastion.Cli;

/// <summary>`bastion audit hold …`: legal holds, placed and lifted by auditors through the gateway's own
/// rules.</summary>
internal static class HoldCommands
{
    public static Command Create() => new("hold", "Keep recordings beyond their time, or let them go.")
    {
        Place(), Lift(), HoldsCommand.Create("list"),
    };

    private static Command Place()
    {
        Option<string> url = GatewaySession.UrlOption();
        Option<string> user = GatewaySession.UserOption();
        var reason = new Option<string>("--reason") { Description = "Why; it stands in the journal.", Required = true };
        var session = new Option<string?>("--session") { Description = "Keep one session." };
        var person = new Option<string?>("--of") { Description = "Keep every session of this person." };
        var target = new Option<string?>("--target") { Description = "Keep every session on this target." };
        var everything = new Option<bool>("--everything") { Description = "Keep every session." };
        var command = new Command("place", "Place a hold; it is in force at once.") { url, user, reason, session,
            person, target, everything };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using GatewaySession gateway =
                await GatewaySession.SignInAsync(parsed.GetValue(url)!, parsed.GetValue(user)!, cancellationToken);
            JsonElement hold = await gateway.SendAsync(
                HttpMethod.Post, "/api/audit/holds",
                new
                {
                    reason = parsed.GetValue(reason),
                    session = parsed.GetValue(session),
                    user = parsed.GetValue(person),
                    target = parsed.GetValue(target),
                    everything = parsed.GetValue(everything),
                },
                cancellationToken);
            Console.WriteLine($"{hold.GetProperty("id").GetString()} is in force");
            await gateway.EndAsync(cancellationToken);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Lift()
    {
        var hold = new Argument<string>("hold") { Description = "The hold, such as H-5F0C11D2AB." };
        Option<string> url = GatewaySession.UrlOption();
        Option<string> user = GatewaySession.UserOption();
        var reason = new Option<string>("--reason") { Description = "Why; it stands in the journal.", Required = true };
        var command = new Command("lift", "Lift a hold that another auditor placed.") { hold, url, user, reason };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using GatewaySession gateway =
                await GatewaySession.SignInAsync(parsed.GetValue(url)!, parsed.GetValue(user)!, cancellationToken);
            string id = parsed.GetValue(hold)!;
            await gateway.SendAsync(HttpMethod.Post, $"/api/audit/holds/{Uri.EscapeDataString(id)}/lift",
                new { reason = parsed.GetValue(reason) }, cancellationToken);
            Console.WriteLine($"{VisibleText.Of(id)} is lifted");
            await gateway.EndAsync(cancellationToken);
            return ExitCodes.Success;
        });
        return command;
    }
}
