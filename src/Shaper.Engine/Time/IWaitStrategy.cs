using Shaper.Engine.Units;

namespace Shaper.Engine.Time;

/// <summary>How a loop passes the time until it is wanted again. One instance a loop.</summary>
public interface IWaitStrategy : IDisposable
{
    /// <summary>
    /// Returns at <paramref name="deadline"/>, or earlier when a frame may be readable, when <see cref="Wake"/> was called, or for no reason.
    /// Near the deadline it returns at once so that the loop itself spins. Called by the loop's own thread only.
    /// </summary>
    void Wait(Instant now, Instant deadline);

    /// <summary>Any thread: ends a wait that is under way, or the next one. Costs next to nothing when the loop is awake.</summary>
    void Wake();
}
