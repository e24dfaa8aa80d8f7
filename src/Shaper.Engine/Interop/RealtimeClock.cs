namespace Shaper.Engine.Interop;

/// <summary>CLOCK_REALTIME, the clock of the kernel's frame time stamps; for comparing with those only. Steps when the operator sets the time.</summary>
public static unsafe class RealtimeClock
{
    /// <summary>Nanoseconds since 1970, about 25 ns a reading.</summary>
    public static long UnixNanoseconds
    {
        get
        {
            LibcTime.TimeSpec time;
            _ = LibcTime.clock_gettime(LibcTime.CLOCK_REALTIME, &time);
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
    }
}
