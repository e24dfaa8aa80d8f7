namespace Shaper.Engine.Interop;

/// <summary>The wall clocks of the kernel in nanoseconds, through the vDSO (about 25 ns a reading).</summary>
public static unsafe class UnixClock
{
    /// <summary>CLOCK_REALTIME, ns since 1970: the clock of frame time stamps. May be stepped by whoever sets the time.</summary>
    public static long RealtimeNanoseconds => Read(LibcTime.CLOCK_REALTIME);

    /// <summary>CLOCK_TAI, ns: CLOCK_REALTIME plus a whole number of seconds.</summary>
    public static long TaiNanoseconds => Read(LibcTime.CLOCK_TAI);

    private static long Read(int clock)
    {
        LibcTime.TimeSpec time;
        _ = LibcTime.clock_gettime(clock, &time);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }
}
