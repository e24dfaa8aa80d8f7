using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>clock_gettime(2), which the vDSO answers without entering the kernel.</summary>
internal static unsafe partial class LibcTime
{
    internal const int CLOCK_REALTIME = 0;

    [LibraryImport("libc")]
    [SuppressGCTransition]
    internal static partial int clock_gettime(int clock, TimeSpec* time);

    /// <summary>struct timespec on a 64-bit machine.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
