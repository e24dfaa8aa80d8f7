using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>ppoll(2), eventfd(2), the timer slack and the weight of a thread: what a loop sleeps with, and how soon it runs again.</summary>
internal static unsafe partial class LibcPoll
{
    internal const short POLLIN = 1;
    internal const int EFD_CLOEXEC = 0x8_0000;
    internal const int EFD_NONBLOCK = 0x800;
    internal const int PR_SET_TIMERSLACK = 29;
    internal const int PRIO_PROCESS = 0;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ppoll(PollEntry* entries, nuint count, LibcTime.TimeSpec* timeout, void* signalMask);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial FileDescriptor eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int fd, void* buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int fd, void* buffer, nuint count);

    /// <summary>Linux takes a thread's number for "who"; 0 is the caller.</summary>
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int setpriority(int which, uint who, int priority);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
