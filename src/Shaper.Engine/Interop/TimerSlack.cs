namespace Shaper.Engine.Interop;

/// <summary>How late the kernel may wake a thread in order to wake others with it: 50 us unless told.</summary>
public static class TimerSlack
{
    /// <summary>Makes the calling thread's timed sleeps end as soon after their time as the kernel can. Never fails on Linux 2.6.28 and later.</summary>
    public static void Minimise() => LibcPoll.prctl(LibcPoll.PR_SET_TIMERSLACK, 1, 0, 0, 0);
}
