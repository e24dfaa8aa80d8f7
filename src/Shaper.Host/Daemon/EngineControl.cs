using Shaper.Engine.Pipeline;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Commands;
using Shaper.Host.Control;

namespace Shaper.Host.Daemon;

/// <summary>The control side of one running engine: plans, orders and statistics, for any thread of the API.</summary>
/// <remarks>
/// Changes of the plan are made of the current plan, so they take turns under a lock; the engine itself sees one published reference.
/// </remarks>
internal sealed class EngineControl : IShaperControl, IDisposable
{
    /// <summary>Names of the threads whose processor time is the shaper's own.</summary>
    public const string LoopThreadName = "shaping-loop";

    private static readonly TimeSpan SampleEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>The loop takes orders in every breath, 4 ms at most apart; a second means that it hangs.</summary>
    private static readonly Duration OrderPatience = Duration.FromSeconds(1);

    /// <summary>A loop that has not turned for so long hangs: it breathes every 4 ms even when idle.</summary>
    private static readonly Duration PulsePatience = Duration.FromMilliseconds(200);

    private readonly ShaperEngine _engine;
    private readonly Action _nudge;
    private readonly IClock _clock;
    private readonly RunSettings _settings;
    private readonly ShaperIdentity _identity;
    private readonly int _largestFrameBytes;
    private readonly StatusWindow _window = new();
    private readonly ThreadTimes _times = new(LoopThreadName, "capture-wan", "capture-lan");
    private readonly Lock _planLock = new();
    private readonly Timer _sampler;

    /// <param name="nudge">Makes the loop look at plans and orders now.</param>
    /// <param name="largestFrameBytes">What the ports' MTU lets through; the default burst is made of it.</param>
    public EngineControl(
        ShaperEngine engine, Action nudge, IClock clock, RunSettings settings, ShaperIdentity identity, int largestFrameBytes)
    {
        _engine = engine;
        _nudge = nudge;
        _clock = clock;
        _settings = settings;
        _identity = identity;
        _largestFrameBytes = largestFrameBytes;
        _sampler = new(_ => _window.Add(Sample()), null, TimeSpan.Zero, SampleEvery);
    }

    public ShaperStatus Status()
    {
        StatusSample now = Sample();
        return StatusReport.Of(_identity, now, _window.Before(now));
    }

    public IReadOnlyList<string> Complaints()
    {
        List<string> reasons = [];
        StatusSample now = Sample();
        StatusSample before = _window.Before(now);
        Duration span = now.Engine.TakenAt.Since(before.Engine.TakenAt);
        if (span >= PulsePatience && now.Engine.Loop.Breaths == before.Engine.Loop.Breaths)
        {
            reasons.Add($"the shaping loop has not turned for {span.TotalSeconds:0.0} s; the kernel bridge carries the traffic");
        }

        ShaperStatus status = StatusReport.Of(_identity, now, before);
        foreach ((string role, PortStatus port) in new[] { ("wan", status.Wan), ("lan", status.Lan) })
        {
            if (port.State != "up")
            {
                reasons.Add($"{role} port {port.Interface} is {port.State}");
            }
        }

        return reasons;
    }

    public RateAnswer SetRate(Direction direction, BitRate link)
    {
        DirectionPlan plan = _settings.PlanFor(link, _largestFrameBytes);
        lock (_planLock)
        {
            EnginePlan current = _engine.Plan;
            _engine.Publish(current.With(direction, plan));
        }

        _nudge();
        return new(DirectionName.Of(direction), plan.Link.BitsPerSecond, plan.HeadroomPercent, plan.Shaped.BitsPerSecond, plan.BurstBytes);
    }

    public async Task SetBypassAsync(bool on, CancellationToken cancellation)
    {
        Instant giveUp = _clock.Now + OrderPatience;
        bool posted = false;
        while (_engine.Loop.Bypass != on || !posted)
        {
            posted = posted || _engine.TryPost(on ? EngineCommand.BypassOn : EngineCommand.BypassOff);
            _nudge();
            if (_clock.Now >= giveUp)
            {
                throw new TimeoutException($"the shaping loop did not take the order up within {OrderPatience}; the kernel bridge carries the traffic of a loop that hangs");
            }

            await Task.Delay(1, cancellation).ConfigureAwait(false);
        }
    }

    public void Dispose() => _sampler.Dispose();

    private StatusSample Sample() => new(_engine.Snapshot(_clock.Now), _times.Nanoseconds());
}
