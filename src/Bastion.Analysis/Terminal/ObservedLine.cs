namespace Bastion.Analysis.Terminal;

/// <summary>In which language one reading of an observed line is to be taken.</summary>
public enum ObservedLanguage
{
    Shell,
    Sql,
    Python,
}

/// <summary>One way in which a line may be understood.</summary>
public sealed record ObservedReading(string Text, ObservedLanguage Language);

/// <summary>
/// What would be submitted if the key that was held were let go: the line as a person sees it, and every reading of it
/// that a careful reader must consider. The worst of them counts. Observed, never proved: see `Certainty`.
/// </summary>
/// <param name="Text">The line as shown, for people.</param>
/// <param name="Readings">At least one unless nothing was typed.</param>
/// <param name="Echoed">False when what was typed is not on the screen (a password prompt, or echo switched off):
/// its text must not be recorded.</param>
/// <param name="OpensEditor">True for readline's edit-and-execute: what will run is not known yet.</param>
public sealed record ObservedLine(
    string Text, IReadOnlyList<ObservedReading> Readings, bool Echoed, bool OpensEditor)
{
    /// <summary>Nothing typed: an empty Enter runs nothing.</summary>
    public bool IsEmpty => Readings.Count == 0 && !OpensEditor;
}
