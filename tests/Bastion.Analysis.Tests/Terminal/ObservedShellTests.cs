using System.Text;
using Bastion.Analysis.Terminal;

namespace Bastion.Analysis.Tests.Terminal;

public class ObservedShellTests
{
    private readonly ObservedShell _shell = new(80, 24, text => text.Count(letter => letter == '\'') % 2 == 1);

    [Fact]
    public void Keys_before_the_submitting_one_may_go_on_and_it_may_not()
    {
        Assert.Equal(new InputStep(2, 1), _shell.ClientInput("ls\rrm -rf /srv\r"u8));
        Assert.Equal(new InputStep(2, 0), _shell.ClientInput("ls"u8));
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\n")]
    [InlineData("\x0f")]
    public void Every_key_that_submits_is_held(string key)
    {
        Type("uptime");
        Assert.Equal(1, _shell.ClientInput(Encoding.ASCII.GetBytes(key)).Submission);
    }

    [Fact]
    public void Newlines_in_a_marked_paste_are_text_only_while_the_target_asked_for_marks()
    {
        byte[] paste = "\e[200~a\nb\e[201~"u8.ToArray();
        Assert.Equal(1, new ObservedShell(80, 24, _ => false).ClientInput(paste).Submission);
        _shell.TargetOutput("\e[?2004h$ "u8);
        Assert.Equal(new InputStep(paste.Length, 0), _shell.ClientInput(paste));
    }

    [Fact]
    public void Marks_of_a_paste_may_come_in_pieces()
    {
        _shell.TargetOutput("\e[?2004h$ "u8);
        Assert.Equal(0, _shell.ClientInput("\e[20"u8).Submission);
        Assert.Equal(0, _shell.ClientInput("0~a\nb\e[2"u8).Submission);
        Assert.Equal(new InputStep(3, 1), _shell.ClientInput("01~\r"u8));
    }

    [Fact]
    public void Output_of_the_target_cannot_take_the_reading_of_the_keys_away()
    {
        _shell.TargetOutput("$ "u8);
        Type("rm -rf /srv");
        _shell.TargetOutput("\e[2J\e[Hls"u8);
        Assert.Contains(new ObservedReading("rm -rf /srv", ObservedLanguage.Shell), Submit().Readings);
    }

    [Fact]
    public void What_is_typed_before_the_prompt_has_settled_is_the_line_all_the_same()
    {
        _shell.ClientInput("rm -rf /srv"u8);
        _shell.TargetOutput("\r\nops@ledger:~# rm -rf /srv"u8);
        ObservedLine line = Submit();
        Assert.Equal("rm -rf /srv", line.Text);
        Assert.Contains(new ObservedReading("rm -rf /srv", ObservedLanguage.Shell), line.Readings);
    }

    [Fact]
    public void A_line_that_ctrl_o_has_loaded_is_read_though_no_key_of_it_was_pressed()
    {
        Prompt("$ ");
        Type("ls");
        Assert.Equal(1, _shell.ClientInput("\x0f"u8).Submission);
        _shell.Read();
        _shell.Submitted();
        Prompt("$ rm -rf /srv");
        Assert.Equal("rm -rf /srv", Assert.Single(Submit().Readings).Text);
    }

    [Fact]
    public void A_prompt_that_holds_a_dangerous_word_is_no_part_of_the_line()
    {
        Prompt("ops@rm-db:~$ ");
        Type("ls");
        Assert.Equal([new ObservedReading("ls", ObservedLanguage.Shell)], Submit().Readings);
    }

    [Fact]
    public void Lines_of_one_command_are_read_together_until_the_first_prompt_is_back()
    {
        Prompt("$ ");
        Type("echo 'a");
        Submit();
        Prompt("> ");
        Type("rm -rf /srv");
        Assert.Equal("echo 'a\nrm -rf /srv", Assert.Single(Submit().Readings).Text);
        Prompt("$ ");
        Type("rm -rf /srv");
        Assert.Equal("rm -rf /srv", Assert.Single(Submit().Readings).Text);
    }

    [Theory]
    [InlineData("shop=# ", "shop-# ")]
    [InlineData("mysql> ", "    -> ")]
    [InlineData("MariaDB [shop]> ", "    -> ")]
    public void Sql_is_read_as_a_statement_when_its_terminator_comes(string first, string next)
    {
        Prompt(first);
        Type("drop table");
        Assert.True(Submit().IsEmpty);
        Prompt(next);
        Type("orders;");
        Assert.Equal([new ObservedReading("drop table\norders;", ObservedLanguage.Sql)], Submit().Readings);
    }

    [Fact]
    public void Edit_and_execute_is_a_submission_of_something_unknown()
    {
        Prompt("$ ");
        InputStep step = _shell.ClientInput("\x18\x05"u8);
        Assert.Equal(1, step.Submission);
        Assert.True(_shell.Read().OpensEditor);
    }

    [Fact]
    public void What_is_typed_without_echo_is_said_to_be_hidden()
    {
        Prompt("Password: ");
        _shell.ClientInput("correct horse"u8);
        Assert.False(Submit().Echoed);
    }

    [Fact]
    public void An_empty_enter_submits_nothing()
    {
        Prompt("$ ");
        Assert.True(Submit().IsEmpty);
    }

    [Fact]
    public void Any_output_and_any_input_is_survived_within_bounds()
    {
        var random = new Rng(20260223);
        for (int round = 0; round < 400; round++)
        {
            var shell = new ObservedShell(random.Next(120), random.Next(40), _ => false);
            for (int i = 0; i < 8; i++)
            {
                shell.TargetOutput(random.Sequences());
                ReadOnlySpan<byte> keys = random.Sequences();
                while (!keys.IsEmpty)
                {
                    InputStep step = shell.ClientInput(keys);
                    Assert.InRange(step.Forward + step.Submission, 1, keys.Length);
                    if (step.Submission > 0)
                    {
                        Assert.InRange(shell.Read().Readings.Count, 0, 16);
                        shell.Submitted();
                    }

                    keys = keys[(step.Forward + step.Submission)..];
                }

                shell.Resize(random.Next(200), random.Next(60));
            }
        }
    }

    private void Prompt(string text) => _shell.TargetOutput(Encoding.UTF8.GetBytes("\r\n" + text));

    private void Type(string text)
    {
        byte[] keys = Encoding.UTF8.GetBytes(text);
        Assert.Equal(new InputStep(keys.Length, 0), _shell.ClientInput(keys));
        _shell.TargetOutput(keys);
    }

    private ObservedLine Submit()
    {
        Assert.Equal(1, _shell.ClientInput("\r"u8).Submission);
        ObservedLine line = _shell.Read();
        _shell.Submitted();
        return line;
    }

    /// <summary>Repeatable noise that is rich in control sequences (xorshift: nothing here needs to be
    /// unguessable).</summary>
    private sealed class Rng(ulong seed)
    {
        private static readonly string[] Parts =
        [
            "\e[", "\e]0;", "\a", "\e\\", ";", "?", "1049", "h", "l", "H", "J", "2J", "K", "L", "M", "P", "@", "X", "r",
            "9999",
            "\r", "\n", "\b", "\t", "\x7f", "\x0f", "\x03", "删", "e\u0301", "\u200b", "abc ", "\e[200~", "\e[201~",
            "\e7", "\e8", "\eM", "\ec", "m", "A", "S", "T",
        ];

        public int Next(int below)
        {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            return (int)(seed % (ulong)below);
        }

        public byte[] Sequences()
        {
            var text = new StringBuilder();
            for (int i = Next(40); i >= 0; i--)
            {
                text.Append(Parts[Next(Parts.Length)]);
            }

            byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
            // Now and then a byte that is no UTF-8.
            bytes[Next(bytes.Length)] = Next(5) == 0 ? (byte)(0x80 + Next(0x80)) : bytes[0];
            return bytes;
        }
    }
}
