using System.Text;

namespace Bastion.Analysis.Terminal;

/// <summary>
/// How much of a piece of client input may go on, and how long the submitting key behind it is. When there is no
/// submission and yet not all may go on, the rest follows after a quiet moment: an interrupt draws a new prompt first.
/// </summary>
public readonly record struct InputStep(int Forward, int Submission);

/// <summary>
/// Reads what the client's keyboard sends: finds the keys that submit a line and keeps the text that was typed as long
/// as nothing but plain typing happened since the line began.
/// </summary>
internal sealed class ClientKeys
{
    /// <summary>A line longer than this is no longer followed key by key; the screen alone is read then.</summary>
    private const int MaximumTyped = 64 * 1024;

    private static readonly byte[] PasteBegin = "\e[200~"u8.ToArray();
    private static readonly byte[] PasteEnd = "\e[201~"u8.ToArray();

    private readonly List<byte> _typed = [];
    private int _marker;
    private bool _inPaste;
    private bool _controlX;

    /// <summary>Nothing came since the line began.</summary>
    public bool Untouched { get; private set; } = true;

    /// <summary>True while only characters, erasures and line kills were typed: then <see cref="Typed"/> is the
    /// line.</summary>
    public bool Plain { get; private set; } = true;

    /// <summary>An interrupt was typed: the line, and any continuation, is gone.</summary>
    public bool Interrupted { get; private set; }

    /// <summary>The last line was submitted by Ctrl-O: the next one is on the screen before a key of it was
    /// pressed.</summary>
    public bool NextLineIsLoaded { get; private set; }

    /// <summary>The last submitting key was readline's edit-and-execute-command (Ctrl-X Ctrl-E).</summary>
    public bool OpensEditor { get; private set; }

    public string Typed => Encoding.UTF8.GetString([.. _typed]);

    public void BeginLine()
    {
        _typed.Clear();
        (Untouched, Plain, Interrupted, OpensEditor, _controlX) = (true, true, false, false, false);
    }

    /// <summary>
    /// Takes input up to the first key that submits. Inside a bracketed paste newlines are text, but only while the
    /// program on the target has asked for marked pastes: else the marks mean nothing to it and the newlines run.
    /// </summary>
    public InputStep Read(ReadOnlySpan<byte> input, bool pastesAreMarked)
    {
        Interrupted = false;
        for (int i = 0; i < input.Length; i++)
        {
            byte key = input[i];
            Untouched = false;
            if (Marker(key))
            {
                continue;
            }

            bool literal = _inPaste && pastesAreMarked;
            // CR and LF are Ctrl-M and Ctrl-J; Ctrl-O is operate-and-get-next.
            if (!literal && (key is 0x0D or 0x0A or 0x0F))
            {
                _controlX = false;
                NextLineIsLoaded = key == 0x0F;
                return new InputStep(i, 1);
            }

            if (!literal && _controlX && key == 0x05)
            {
                OpensEditor = true;
                return new InputStep(i, 1);
            }

            if (!literal && key == 0x03)
            {
                BeginLine();
                Interrupted = true;
                return new InputStep(i + 1, 0);
            }

            _controlX = key == 0x18;
            Follow(key);
        }

        return new InputStep(input.Length, 0);
    }

    // The marks of a bracketed paste may be cut anywhere between two pieces of input.
    private bool Marker(byte key)
    {
        byte[] expected = _inPaste ? PasteEnd : PasteBegin;
        if (key == expected[_marker])
        {
            if (++_marker == expected.Length)
            {
                _marker = 0;
                _inPaste = !_inPaste;
            }

            return true;
        }

        if (_marker > 0)
        {
            // Some other escape sequence: a cursor key, Meta, a function key.
            Plain = false;
            _marker = key == expected[0] ? 1 : 0;
            return _marker == 1;
        }

        return false;
    }

    private void Follow(byte key)
    {
        switch (key)
        {
            case 0x7F or 0x08:
                EraseCharacter();
                break;
            case 0x15:
                _typed.Clear();
                break;
            case < 0x20 when key != 0x09 || !_inPaste:
                Plain = false;
                break;
            default:
                if (_typed.Count >= MaximumTyped)
                {
                    Plain = false;
                    break;
                }

                _typed.Add(key);
                break;
        }
    }

    private void EraseCharacter()
    {
        while (_typed.Count > 0)
        {
            byte last = _typed[^1];
            _typed.RemoveAt(_typed.Count - 1);
            if ((last & 0xC0) != 0x80)
            {
                return;
            }
        }
    }
}
