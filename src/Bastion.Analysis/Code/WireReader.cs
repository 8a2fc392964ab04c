namespace Bastion.Analysis.Code;

/// <summary>
/// Text sent to a server over a bare connection (`printf … | nc redis 6379`), or to a client whose language has no
/// reader: the lines that are commands of everyday protocols. Others run nothing as far as the text tells.
/// </summary>
internal static class WireReader
{
    public static void Read(string text, CodeReading reading)
    {
        reading.IsOpaque = false;
        foreach (string line in text.Split(['\n', '\r', ';'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0].ToUpperInvariant())
            {
                // Redis, in its inline form or in the lines of RESP.
                case "FLUSHALL" or "FLUSHDB" or "SHUTDOWN" or "DEBUG" or "CONFIG" or "SCRIPT" or "CLUSTER" or "EVAL"
                    or "SLAVEOF" or "REPLICAOF":
                    reading.Commands.Add(["redis-cli", .. words]);
                    break;
                // memcached; HBase's shell.
                case "FLUSH_ALL" or "DROP" or "DROP_ALL" or "DISABLE_ALL" or "TRUNCATE" or "TRUNCATE_PRESERVE"
                    or "DELETEALL" or "DROP_NAMESPACE":
                    reading.Effects.Add((EffectKind.DatabaseDrop, RiskLevel.High, []));
                    break;
                // HTTP.
                case "DELETE" when words.Length > 1 && words[1][0] == '/':
                    reading.Commands.Add(["curl", "-X", "DELETE", words[1]]);
                    break;
            }
        }
    }
}
