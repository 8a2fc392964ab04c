namespace Bastion.Policy;

/// <summary>A place in a policy file. Line and column count from 1; 0 means the file as a whole.</summary>
public readonly record struct SourceLocation(string File, int Line, int Column)
{
    /// <summary>Within the policy's directory: for people whom the directories of the gateway's machine do not
    /// concern.</summary>
    public string InPolicy => Line == 0 ? File : $"{Path.GetFileName(File)}:{Line}:{Column}";

    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}
