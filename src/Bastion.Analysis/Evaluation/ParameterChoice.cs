namespace Bastion.Analysis.Evaluation;

/// <summary>What <c>${x:-word}</c> and its kin stand for.</summary>
internal enum Choice
{
    Value,
    Word,
    Nothing,

    /// <summary>The value or the word, which only the environment can tell.</summary>
    Unsure,
}

/// <summary>The words behind an operator of <c>${…}</c>; substitutions inside them run, whatever becomes of the
/// value.</summary>
internal readonly record struct ParameterOperands(Value First, Value? Second, bool Known);
