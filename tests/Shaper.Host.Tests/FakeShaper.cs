using Shaper.Engine.Units;
using Shaper.Host.Control;
using Shaper.Host.Daemon;

namespace Shaper.Host.Tests;

/// <summary>A shaper without a network: answers as a test wants and remembers what it was told.</summary>
internal sealed class FakeShaper : IDataPath
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<string> Calls { get; } = [];

    public string Mode { get; set; } = "shaping";

    public List<string> Reasons { get; } = [];

    public bool HangsOnBypass { get; set; }

    public bool HangsOnFlows { get; set; }

    /// <summary>Flows that every name leads to.</summary>
    public int Matches { get; set; } = 1;

    public IReadOnlyList<string> Notes { get; set; } = [];

    public bool WireOutlivesRun { get; set; } = true;

    public Task Completion => _completion.Task;

    public long Breaths { get; set; } = 1;

    public void Start() => Calls.Add("start");

    public void RequestStop()
    {
        Calls.Add("request stop");
        _completion.TrySetResult();
    }

    public void Dispose() => Calls.Add("dispose");

    public void Crash(string why) => _completion.TrySetException(new InvalidOperationException(why));

    public ShaperStatus Status() => Samples.Status(Mode);

    public IReadOnlyList<string> Complaints() => Reasons;

    public string PolicyText { get; private set; } = "";

    public PolicyAnswer Policy() => new(PolicyText.Length == 0 ? "" : "policy.yaml", 17, 5, 5, PolicyText);

    public PolicyAnswer? ApplyPolicy(string name, string text, out IReadOnlyList<string> errors)
    {
        errors = text.StartsWith("bad", StringComparison.Ordinal) ? [$"{name}:1: first", $"{name}:2: second"] : [];
        if (errors.Count > 0)
        {
            return null;
        }

        PolicyText = text;
        return Policy();
    }

    public RateAnswer? SetRate(Direction direction, BitRate link, out IReadOnlyList<string> errors)
    {
        errors = link.BitsPerSecond == 66_000_000 ? ["policy.yaml:3: this tree cannot be at that rate"] : [];
        if (errors.Count > 0)
        {
            return null;
        }

        lock (Calls)
        {
            Calls.Add($"rate {direction} {link}");
        }

        return new(DirectionName.Of(direction), link.BitsPerSecond, 5, link.Scale(0.95).BitsPerSecond, 3000);
    }

    public IReadOnlyList<string> InboundClasses() => ["voice", "bulk"];

    public async Task<FlowsAnswer> FlowsAsync(FlowsOrder order, CancellationToken cancellation)
    {
        await Task.Yield();
        Calls.Add($"flows {order.Top} {order.Class} {order.State}");
        return HangsOnFlows ? throw new TimeoutException("the loop hangs") : Samples.Flows();
    }

    public async Task<FlowMatches> ExplainAsync(FlowName name, CancellationToken cancellation)
    {
        await Task.Yield();
        FlowStatus[] flows = [.. Samples.Flows().Flows.Take(Matches)];
        return new(Matches, flows, Matches == 1 ? Samples.Explanation() : null);
    }

    public Task SetBypassAsync(bool on, CancellationToken cancellation)
    {
        if (HangsOnBypass)
        {
            throw new TimeoutException("the loop hangs");
        }

        Mode = on ? "bypass" : "shaping";
        return Task.CompletedTask;
    }
}
