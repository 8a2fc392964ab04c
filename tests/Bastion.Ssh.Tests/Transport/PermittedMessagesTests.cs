using Bastion.Ssh.Transport;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>Every message number in every phase and role, against the RFCs' own words written a second way.</summary>
public sealed class PermittedMessagesTests
{
    public static TheoryData<int, int> RolesAndPhases
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach (SshRole role in Enum.GetValues<SshRole>())
            {
                foreach (ReceivePhase phase in Enum.GetValues<ReceivePhase>())
                {
                    data.Add((int)role, (int)phase);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(RolesAndPhases))]
    public void Every_message_number_has_the_one_verdict_that_the_RFCs_give_it(int role, int phase)
    {
        for (int message = 0; message <= 255; message++)
        {
            Verdict expected = Expected((SshRole)role, (ReceivePhase)phase, message);
            Verdict judged = PermittedMessages.Judge((SshRole)role, (ReceivePhase)phase, (byte)message);
            Assert.True(expected == judged,
                $"message {message} to a {(SshRole)role} in {(ReceivePhase)phase}: {judged}");
        }
    }

    [Theory]
    [MemberData(nameof(RolesAndPhases))]
    public void Nothing_of_the_connection_protocol_passes_before_authentication(int role, int phase)
    {
        if ((ReceivePhase)phase is ReceivePhase.Connection or ReceivePhase.RekeyInConnection)
        {
            return;
        }

        for (int message = 80; message <= 191; message++)
        {
            Assert.Equal(Verdict.Disconnect,
                PermittedMessages.Judge((SshRole)role, (ReceivePhase)phase, (byte)message));
        }
    }

    [Theory]
    [MemberData(nameof(RolesAndPhases))]
    public void A_peer_never_gets_away_with_the_other_sides_messages(int role, int phase)
    {
        int[] otherSides = (SshRole)role == SshRole.Server
            ? [6, 51, 52, 53, 60]
            : [5, 50, 61];
        foreach (int message in otherSides)
        {
            Assert.Equal(Verdict.Disconnect,
                PermittedMessages.Judge((SshRole)role, (ReceivePhase)phase, (byte)message));
        }
    }

    private static Verdict Expected(SshRole role, ReceivePhase phase, int message)
    {
        bool loggedIn = phase is ReceivePhase.Connection or ReceivePhase.RekeyInConnection;
        bool exchanging = phase is ReceivePhase.InitialKeyExchange or ReceivePhase.StrictKeyExchange
            or ReceivePhase.RekeyBeforeLogin or ReceivePhase.RekeyInConnection;
        bool strict = phase == ReceivePhase.StrictKeyExchange;
        bool fromClient = role == SshRole.Server;
        return message switch
        {
            0 => Verdict.Disconnect,
            1 => Verdict.Transport,
            2 or 3 or 4 => strict ? Verdict.Disconnect : Verdict.Transport,
            5 => fromClient && (phase is ReceivePhase.ServiceRequest or ReceivePhase.UserAuth)
                ? Verdict.Deliver
                : Verdict.Disconnect,
            6 => !fromClient && phase == ReceivePhase.ServiceRequest ? Verdict.Deliver : Verdict.Disconnect,
            7 => ExpectedOfExtInfo(fromClient, phase),
            20 => Verdict.KeyExchange,
            21 or 30 or 31 => exchanging ? Verdict.KeyExchange : Verdict.Disconnect,
            >= 8 and <= 29 => strict ? Verdict.Disconnect : Verdict.Unimplemented,
            >= 32 and <= 49 => exchanging ? Verdict.KeyExchange : Verdict.Unimplemented,
            >= 50 and <= 79 => ExpectedOfUserAuth(fromClient, phase, message),
            192 or 193 => exchanging && !loggedIn ? Verdict.Disconnect : Verdict.Transport,
            _ when !loggedIn => Verdict.Disconnect,
            (>= 80 and <= 82) or (>= 90 and <= 100) => Verdict.Deliver,
            _ => Verdict.Unimplemented,
        };
    }

    /// <summary>RFC 8308 section 2.4.</summary>
    private static Verdict ExpectedOfExtInfo(bool fromClient, ReceivePhase phase) =>
        phase == ReceivePhase.ServiceRequest || (!fromClient && phase == ReceivePhase.UserAuth)
            ? Verdict.Transport
            : Verdict.Disconnect;

    /// <summary>RFC 4252 sections 5 and 6; 60 and 61 belong to the methods.</summary>
    private static Verdict ExpectedOfUserAuth(bool fromClient, ReceivePhase phase, int message)
    {
        if (phase is ReceivePhase.Connection or ReceivePhase.RekeyInConnection)
        {
            return fromClient && message == 50 ? Verdict.Ignore : Verdict.Disconnect;
        }

        if (phase != ReceivePhase.UserAuth)
        {
            return Verdict.Disconnect;
        }

        return message switch
        {
            50 or 61 => fromClient ? Verdict.Deliver : Verdict.Disconnect,
            51 or 52 or 53 or 60 => fromClient ? Verdict.Disconnect : Verdict.Deliver,
            _ => Verdict.Unimplemented,
        };
    }
}
