using Shaper.Engine.Pipeline;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Daemon;

/// <summary>Asks the engine for its flows, one question at a time; others wait their turn here. Any thread.</summary>
/// <param name="engine">Asked.</param>
/// <param name="nudge">Makes the loop look now.</param>
/// <param name="clock">For giving up.</param>
internal sealed class FlowDesk(ShaperEngine engine, Action nudge, IClock clock) : IDisposable
{
    /// <summary>A full table takes the loop some two thousand turns, a few tenths of a second under load.</summary>
    private static readonly Duration Patience = Duration.FromSeconds(3);

    private readonly SemaphoreSlim _turn = new(1);

    /// <exception cref="TimeoutException">The loop did not answer in time.</exception>
    public async Task<FlowListing> AskAsync(FlowFilter filter, int top, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        FlowQuery query = new(filter, top);
        try
        {
            Instant giveUp = clock.Now + Patience;
            engine.Flows.TryAsk(query);
            nudge();
            while (!query.IsDone)
            {
                if (clock.Now >= giveUp)
                {
                    throw new TimeoutException($"the shaping loop did not tell its flows within {Patience}; the kernel bridge carries the traffic of a loop that hangs");
                }

                await Task.Delay(1, cancellation).ConfigureAwait(false);
            }

            return query.Result();
        }
        finally
        {
            engine.Flows.Withdraw(query);
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
