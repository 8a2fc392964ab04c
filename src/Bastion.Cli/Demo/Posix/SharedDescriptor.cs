using System.Runtime.InteropServices;

namespace Bastion.Cli.Demo.Posix;

/// <summary>An open file that children are given: a namespace, a directory. It keeps alive what it names.</summary>
internal sealed class SharedDescriptor : IDisposable
{
    private int _number;

    private SharedDescriptor(int number) => _number = number;

    ~SharedDescriptor() => Close();

    public int Number => _number;

    public static SharedDescriptor Open(string path, bool pathOnly = false)
    {
        int number = NativeMethods.Open(
            path, NativeMethods.CloseOnExec | (pathOnly ? NativeMethods.PathOnly : NativeMethods.ReadOnly));
        return number >= 0
            ? new SharedDescriptor(number)
            : throw new IOException($"cannot open `{path}`: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private void Close()
    {
        int number = Interlocked.Exchange(ref _number, -1);
        if (number >= 0)
        {
            _ = NativeMethods.Close(number);
        }
    }
}
