using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>Tells what the disk did from what somebody has to mend: the former passes, and a start may be tried
/// again.</summary>
public static class DiskFault
{
    // Of Linux, the same on every architecture that .NET runs on.
    private const int InputOutput = 5;
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;

    public static bool IsIn(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is IOException { HResult: InputOutput or NoSpace or ReadOnlyFileSystem or QuotaExceeded }
                || (failure is SqliteException sqlite && DatabaseFile.IsOfTheDisk(sqlite)))
            {
                return true;
            }
        }

        return false;
    }
}
