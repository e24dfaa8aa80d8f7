using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>Sends a signal to one process. The runtime itself can only kill.</summary>
public static partial class ProcessSignal
{
    public const int SIGINT = 2;
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    private const int ESRCH = 3;

    /// <summary>False when there is no such process any more. Throws <see cref="LinuxException"/> where we may not.</summary>
    public static bool Send(int processId, int signal)
    {
        // kill(2) takes 0 and negative numbers for groups of processes, never what is meant here.
        ArgumentOutOfRangeException.ThrowIfLessThan(processId, 1);
        if (kill(processId, signal) == 0)
        {
            return true;
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == ESRCH ? false : throw new LinuxException($"kill({processId}, {signal})", errno);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int sig);
}
