namespace Shaper.Engine.Interop;

/// <summary>What a thread weighs when several want the processor.</summary>
public static class ThreadWeight
{
    /// <summary>Nine times an ordinary thread's: it is seldom kept waiting, and still cannot starve the others on a single core.</summary>
    private const int Favoured = -10;

    /// <summary>Favours the calling thread over ordinary ones. Without the privilege nothing changes.</summary>
    public static void FavourThis() => _ = LibcPoll.setpriority(LibcPoll.PRIO_PROCESS, 0, Favoured);
}
