using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>clock_gettime(2), which the vDSO answers without entering the kernel.</summary>
internal static unsafe partial class LibcTime
{
    internal const int CLOCK_REALTIME = 0;
    internal const int CLOCK_TAI = 11;

    /// <summary>Without the transition that lets a collection run meanwhile: it would cost as much as the call, which never blocks.</summary>
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
