namespace Bastion.Audit;

/// <summary>Tells a write that a crash cut short from damage to what had been acknowledged.</summary>
internal static class TornTail
{
    /// <summary>
    /// Reads on after a bad line. A group is written only after the one before it is durable, and each record says how
    /// many were durable when it was written; so a later record with <c>after</c> beyond the bad place proves that the
    /// bad place had been durable. So does a checkpoint over it. Otherwise it was in the last group, which nobody was
    /// told of.
    /// </summary>
    /// <param name="scanner">Stands just after the bad line; it is read to the end.</param>
    /// <param name="badSequence">The sequence of the bad line.</param>
    /// <param name="checkpointSize">Of the newest checkpoint.</param>
    public static bool CanBe(SegmentScanner scanner, long badSequence, long checkpointSize)
    {
        for (ScanResult result = scanner.Next(); result != ScanResult.End; result = scanner.Next())
        {
            if (result == ScanResult.Record && scanner.Entry!.After > badSequence)
            {
                return false;
            }
        }

        return checkpointSize <= badSequence;
    }
}
