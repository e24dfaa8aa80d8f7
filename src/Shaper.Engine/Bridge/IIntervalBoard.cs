namespace Shaper.Engine.Bridge;

/// <summary>
/// Where the gate's intervals are posted for the kernel to judge by, and the wall clock they are written in. One implementation is the
/// page shared with the BPF programs; tests post to memory under a clock they move.
/// </summary>
/// <remarks>Used by one thread. All times are CLOCK_REALTIME ns, the clock of the kernel's receive stamps.</remarks>
public interface IIntervalBoard
{
    /// <summary>How many intervals the board holds at once.</summary>
    int Slots { get; }

    long UnixNowNs { get; }

    /// <summary>Frames stamped from <paramref name="unixNs"/> on, and before the slot's end, are the shaper's.</summary>
    void PostFrom(int slot, long unixNs);

    /// <summary>Both ends of the slot's interval, excluded. Visible to the kernel on return, on every CPU; not both at the same moment.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="untilNs">For all frames.</param>
    /// <param name="acksUntilNs">For bare acknowledgements that leave the site: the same or later.</param>
    void PostEnds(int slot, long untilNs, long acksUntilNs);
}
