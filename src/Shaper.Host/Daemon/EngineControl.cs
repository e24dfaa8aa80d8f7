using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Shaper.Host.Policy;

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
    private readonly FlowDesk _flows;

    // Under the plan's lock.
    private PolicyFile _policy;

    /// <param name="nudge">Makes the loop look at plans and orders now.</param>
    /// <param name="largestFrameBytes">What the ports' MTU lets through; the default burst is made of it.</param>
    public EngineControl(
        ShaperEngine engine, Action nudge, IClock clock, RunSettings settings, ShaperIdentity identity, int largestFrameBytes)
    {
        _engine = engine;
        _nudge = nudge;
        _clock = clock;
        _settings = settings;
        _policy = settings.Policy;
        _identity = identity;
        _largestFrameBytes = largestFrameBytes;
        _flows = new(engine, nudge, clock);
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

    public RateAnswer? SetRate(Direction direction, BitRate link, out IReadOnlyList<string> errors)
    {
        DirectionPlan plan;
        lock (_planLock)
        {
            EnginePlan current = _engine.Plan;
            if (!TryPublish(
                _policy, direction == Direction.Inbound ? link : current.Inbound.Link, direction == Direction.Outbound ? link : current.Outbound.Link, out errors))
            {
                return null;
            }

            plan = _engine.Plan.For(direction);
        }

        _nudge();
        return new(DirectionName.Of(direction), plan.Link.BitsPerSecond, plan.HeadroomPercent, plan.Shaped.BitsPerSecond, plan.BurstBytes);
    }

    public PolicyAnswer Policy()
    {
        lock (_planLock)
        {
            return Describe(_policy);
        }
    }

    public PolicyAnswer? ApplyPolicy(string name, string text, out IReadOnlyList<string> errors)
    {
        lock (_planLock)
        {
            // Ids given out stay given out: frames that wait were classified under them.
            if (PolicyFile.TryRead(text, name, _policy.Names, out IReadOnlyList<PolicyFault> faults) is not { } policy)
            {
                errors = Lines(faults);
                return null;
            }

            EnginePlan current = _engine.Plan;
            if (!TryPublish(policy, current.Inbound.Link, current.Outbound.Link, out errors))
            {
                return null;
            }

            _policy = policy;
        }

        _nudge();
        return Policy();
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

    public IReadOnlyList<string> InboundClasses()
    {
        List<string> names = [];
        foreach (PlannedClass planned in _engine.Plan.Inbound.Tree.Classes[1..])
        {
            names.Add(planned.Name);
        }

        return names;
    }

    public async Task<FlowsAnswer> FlowsAsync(FlowsOrder order, CancellationToken cancellation)
    {
        EnginePlan plan = _engine.Plan;
        FlowFilter filter = new()
        {
            Classes = order.Class is { } name ? FlowReport.Within(plan.Inbound.Tree, name) : null,
            State = order.State is { } word && FlowTerms.TryState(word, out SteeringState state) ? state : null,
        };
        FlowListing listing = await _flows.AskAsync(filter, order.Top, cancellation).ConfigureAwait(false);
        return FlowReport.Of(listing, plan, _engine.Loop.Bypass, _engine.Steering is not null);
    }

    public async Task<FlowMatches> ExplainAsync(FlowName name, CancellationToken cancellation)
    {
        FlowListing listing = await _flows.AskAsync(name.Filter(), FlowsOrder.DefaultTop, cancellation).ConfigureAwait(false);
        EnginePlan plan = _engine.Plan;
        StatusSample now = Sample();
        ExplainAnswer? only = listing.Matched != 1 ? null
            : new FlowExplanation(
                listing.Flows[0], plan, now.Engine, StatusReport.Of(_identity, now, _window.Before(now)), Policy().File).Answer();
        return new(listing.Matched, [.. listing.Flows.Select(flow => FlowReport.Of(flow, plan))], only);
    }

    public void Dispose()
    {
        _sampler.Dispose();
        _flows.Dispose();
    }

    private static PolicyAnswer Describe(PolicyFile policy) =>
        new(policy.Source, policy.Rules.Rules.Count, policy.Inbound.Spec.Classes.Count, policy.Outbound.Spec.Classes.Count, policy.Text);

    private static string[] Lines(IReadOnlyList<PolicyFault> faults) => [.. faults.Select(static fault => fault.ToString())];

    private bool TryPublish(PolicyFile policy, BitRate down, BitRate up, out IReadOnlyList<string> errors)
    {
        EnginePlan? plan = _settings.TryPlan(policy, down, up, _largestFrameBytes, out IReadOnlyList<PolicyFault> faults);
        errors = Lines(faults);
        if (plan is null)
        {
            return false;
        }

        _engine.Publish(plan);
        return true;
    }

    private StatusSample Sample() => new(_engine.Snapshot(_clock.Now), _times.Nanoseconds());
}
