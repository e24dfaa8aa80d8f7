using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>The wall clocks of the kernel in nanoseconds, through the vDSO (about 25 ns a reading).</summary>
public static partial class UnixClock
{
    private const int ClockRealtime = 0;
    private const int ClockTai = 11;

    /// <summary>CLOCK_REALTIME, ns since 1970: the clock of frame time stamps. May be stepped by whoever sets the time.</summary>
    public static long RealtimeNanoseconds => Read(ClockRealtime);

    /// <summary>CLOCK_TAI, ns: CLOCK_REALTIME plus a whole number of seconds.</summary>
    public static long TaiNanoseconds => Read(ClockTai);

    private static long Read(int clock)
    {
        _ = GetTime(clock, out Timespec time);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    /// <summary>No transition to cooperative mode is worth 20 ns of system call that never blocks.</summary>
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
