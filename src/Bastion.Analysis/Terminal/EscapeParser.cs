using System.Buffers;
using System.Text;

namespace Bastion.Analysis.Terminal;

/// <summary>What a terminal's output stream asks for, one call a thing; parameters are bounded and never
/// negative.</summary>
internal interface ITerminalActions
{
    void Print(int character);

    void Control(byte code);

    /// <summary>ESC followed by an optional intermediate (0 when none) and a final byte.</summary>
    void Escape(byte intermediate, byte final);

    /// <summary>CSI: the private marker (0 when none), the parameters (absent ones are 0) and the final byte.</summary>
    void ControlSequence(byte marker, ReadOnlySpan<int> parameters, byte final);
}

/// <summary>
/// The state machine of ECMA-48 sequences as DEC terminals read them. It takes any bytes: malformed UTF-8 prints
/// U+FFFD, unknown sequences are skipped, strings (OSC, DCS, APC, PM, SOS) are passed over without being kept, so no
/// output can make it grow or stall.
/// </summary>
internal sealed class EscapeParser(ITerminalActions actions)
{
    /// <summary>More parameters than any real sequence has; further ones are dropped.</summary>
    private const int MaximumParameters = 16;

    /// <summary>Larger than any real screen; keeps arithmetic on parameters far from overflow.</summary>
    private const int MaximumParameter = 9999;

    private readonly int[] _parameters = new int[MaximumParameters];
    private readonly byte[] _utf8 = new byte[4];
    private int _utf8Length;
    private int _count;
    private byte _marker;
    private byte _intermediate;
    private State _state;

    private enum State
    {
        Ground,
        Escape,
        EscapeIntermediate,
        ControlSequence,
        ControlSequenceIgnored,
        Text,
        TextEscape,
    }

    /// <summary>No sequence or character is begun and not ended.</summary>
    public bool IsSettled => _state == State.Ground && _utf8Length == 0;

    public void Write(ReadOnlySpan<byte> output)
    {
        foreach (byte next in output)
        {
            Step(next);
        }
    }

    private void Step(byte next)
    {
        if (_state == State.Ground && (next >= 0x80 || _utf8Length > 0))
        {
            Utf8(next);
            return;
        }

        // CAN and SUB end any sequence, ESC begins a new one, wherever they stand.
        if (next is 0x18 or 0x1A)
        {
            _state = State.Ground;
            return;
        }

        if (next == 0x1B)
        {
            _state = _state == State.Text ? State.TextEscape : State.Escape;
            _intermediate = 0;
            return;
        }

        switch (_state)
        {
            case State.Text:
                if (next == 0x07)
                {
                    _state = State.Ground;
                }

                return;
            case State.TextEscape:
                // ESC \ is the string terminator; anything else starts a sequence of its own.
                _state = State.Escape;
                if (next == (byte)'\\')
                {
                    _state = State.Ground;
                    return;
                }

                break;
        }

        if (next < 0x20)
        {
            actions.Control(next);
            return;
        }

        Visible(next);
    }

    private void Visible(byte next)
    {
        switch (_state)
        {
            case State.Ground when next != 0x7F:
                actions.Print(next);
                break;
            case State.Escape or State.EscapeIntermediate when next is >= 0x20 and <= 0x2F:
                _intermediate = next;
                _state = State.EscapeIntermediate;
                break;
            case State.Escape when next == (byte)'[':
                _count = 0;
                _marker = 0;
                Array.Clear(_parameters);
                _state = State.ControlSequence;
                break;
            case State.Escape when next is (byte)']' or (byte)'P' or (byte)'^' or (byte)'_' or (byte)'X':
                _state = State.Text;
                break;
            case State.Escape or State.EscapeIntermediate:
                _state = State.Ground;
                actions.Escape(_intermediate, next);
                break;
            case State.ControlSequence:
                Parameter(next);
                break;
            case State.ControlSequenceIgnored when next is >= 0x40 and <= 0x7E:
                _state = State.Ground;
                break;
        }
    }

    private void Parameter(byte next)
    {
        switch (next)
        {
            case >= (byte)'0' and <= (byte)'9':
                _count = Math.Max(_count, 1);
                ref int value = ref _parameters[_count - 1];
                value = Math.Min(value * 10 + (next - '0'), MaximumParameter);
                break;
            case (byte)';' or (byte)':':
                _count = Math.Min(Math.Max(_count, 1) + 1, MaximumParameters);
                break;
            case >= 0x3C and <= 0x3F when _count == 0:
                _marker = next;
                break;
            case >= 0x40 and <= 0x7E:
                _state = State.Ground;
                actions.ControlSequence(_marker, _parameters.AsSpan(0, _count), next);
                break;
            default:
                _state = State.ControlSequenceIgnored;
                break;
        }
    }

    private void Utf8(byte next)
    {
        if (_utf8Length > 0 && (next & 0xC0) != 0x80)
        {
            _utf8Length = 0;
            actions.Print(Rune.ReplacementChar.Value);
            Step(next);
            return;
        }

        _utf8[_utf8Length++] = next;
        switch (Rune.DecodeFromUtf8(_utf8.AsSpan(0, _utf8Length), out Rune rune, out _))
        {
            case OperationStatus.Done:
                _utf8Length = 0;
                // C1 controls written as UTF-8 are not obeyed by terminals in UTF-8 mode.
                if (rune.Value >= 0xA0)
                {
                    actions.Print(rune.Value);
                }

                break;
            case OperationStatus.InvalidData:
                _utf8Length = 0;
                actions.Print(Rune.ReplacementChar.Value);
                break;
        }
    }
}
