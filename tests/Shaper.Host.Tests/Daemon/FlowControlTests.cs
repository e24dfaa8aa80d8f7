using Shaper.Engine.Bridge;
using Shaper.Engine.Classify;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Shaper.Host.Daemon;
using Shaper.Host.Policy;
using Shaper.NetSim;
using Xunit;

namespace Shaper.Host.Tests.Daemon;

/// <summary>Flows and their explanation from a running engine in memory, through the control side.</summary>
public sealed class FlowControlTests : IDisposable
{
    private const string Policy =
        """
        both:
          classes:
            voice: {strict: 1mbit}
            control: {}
            data:
              min: 50%
              classes:
                web: {weight: 4, delay-bound: 200ms}
                files: {}
          default: files
        rules:
          - name: file servers
            class: files
            direction: inbound
            protocol: tcp
            source: 10.1.0.0/16
            source-port: 400-500
          - name: acks
            class: control
            direction: outbound
            ack-only: true
          - name: udp of the web
            class: web
            protocol: udp
            port: 8443
            dscp: af21
        """;

    private static readonly uint Near = FrameCraft.Address(10, 9, 0, 100);
    private static readonly uint Far = FrameCraft.Address(10, 1, 0, 7);

    private readonly MonotonicClock _clock = new();
    private readonly MemoryCapturePort _wan;
    private readonly MemoryCapturePort _lan;
    private readonly ShaperEngine _engine;
    private readonly EngineControl _control;
    private readonly Thread _loop;
    private volatile bool _stop;
    private volatile bool _pause;

    public FlowControlTests()
    {
        PolicyFile policy = PolicyFile.TryRead(Policy, "branch.yaml", ClassNames.BuiltIn, out IReadOnlyList<PolicyFault> faults)!;
        Assert.Empty(faults);
        RunSettings settings = new()
        {
            Wan = "eth1",
            Lan = "eth2",
            Down = BitRate.FromMegabits(10),
            Up = BitRate.FromMegabits(2),
            SocketPath = "",
            Policy = policy,
        };
        _wan = new(_clock, name: "wan");
        _lan = new(_clock, name: "lan");
        EnginePlan plan = settings.TryPlan(policy, settings.Down, settings.Up, 1_514, out _)!;
        EngineOptions options = new() { FrameSlots = 1_024, Steering = new() { MaxConnections = 64 } };
        _engine = new(options, plan, new EnginePorts(_wan, new MemoryInjectPort(_clock), _lan, new MemoryInjectPort(_clock)), new OpenGate(), _clock.Now);
        _control = new(_engine, static () => { }, _clock, settings, new ShaperIdentity("1", "eth1", "eth2", "ring"), 1_514);

        // Put in before the loop runs: the ports are not made for two threads.
        SendAll();
        _loop = new(Run) { IsBackground = true };
        _loop.Start();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _stop = true;
        _loop.Join();
        _control.Dispose();
        _engine.Dispose();
    }

    [Fact]
    public async Task The_list_says_ends_class_state_and_reason()
    {
        FlowsAnswer all = await _control.FlowsAsync(new FlowsOrder(20, null, null), Cancellation);
        Assert.Equal(("shaping", true, 10_000_000UL, 3), (all.Mode, all.Steering, all.LinkBitsPerSecond, all.Matched));
        FlowStatus tcp = all.Flows.Single(static f => f.Protocol == "tcp" && f.Reason is null);
        Assert.Equal(("10.9.0.100:40000", "10.1.0.7:443", "files"), (tcp.Local, tcp.Remote, tcp.Class));
        FlowStatus udp = all.Flows.Single(static f => f.Protocol == "udp");
        Assert.Equal(("10.9.0.100:8443", "10.1.0.7:8443", "web", "af21"), (udp.Local, udp.Remote, udp.Class, udp.Dscp));
        Assert.Equal(("not-steerable", "udp", "UDP"), (udp.State, udp.Reason, udp.Why));
        Assert.Equal("syn-not-seen", all.Flows.Single(static f => f.Remote == "10.1.0.7:444").Reason);
        Assert.Equal(2, all.States.Single(static s => s.State == "not-steerable").Flows);
    }

    [Fact]
    public async Task A_class_above_a_leaf_asks_for_all_below_it()
    {
        Assert.Equal(["control", "data", "data/rest", "files", "voice", "web"], _control.InboundClasses().Order(StringComparer.Ordinal));
        Assert.Equal(3, (await _control.FlowsAsync(new FlowsOrder(20, "data", null), Cancellation)).Matched);
        Assert.Equal(1, (await _control.FlowsAsync(new FlowsOrder(20, "web", "not-steerable"), Cancellation)).Matched);
        Assert.Equal(0, (await _control.FlowsAsync(new FlowsOrder(20, "voice", null), Cancellation)).Matched);
    }

    [Fact]
    public async Task An_explanation_names_the_rule_with_its_line_and_what_it_saw()
    {
        ExplainAnswer tcp = await Explain("10.1.0.7:443");
        Assert.Equal(new RuleStatus(1, _engine.Plan.Rules.Rules.Count, "file servers", "branch.yaml", 12, "files", []), tcp.Down.Rule with { Evidence = [] });
        Assert.Equal(["direction inbound", "protocol tcp", "source 10.1.0.7 in 10.1.0.0/16", "source-port 443 in 400-500"], tcp.Down.Rule.Evidence);
        Assert.Null(tcp.Down.AckRule);
        Assert.Equal(("acks", 18, "control"), (tcp.Up.AckRule!.Name, tcp.Up.AckRule.Line, tcp.Up.AckRule.Class));
        Assert.Equal(("transfers", null, null), (tcp.Up.Rule.Name, tcp.Up.Rule.File, tcp.Up.Rule.Line));
        Assert.Equal(["data", "files"], tcp.Down.Path);
        Assert.Equal("files", tcp.Down.Leaf.Name);
        Assert.Equal(5, tcp.Down.CodelTargetMilliseconds);
        Assert.Equal((true, true, (int?)7, 1_448), (tcp.Connection!.InsideSyn, tcp.Connection.OutsideSyn, tcp.Connection.WindowScale, tcp.Connection.MssBytes));
        Assert.Contains("handshake", tcp.Connection.RttFrom);
        // Less than all by what the UDP beside it takes, as soon as that is counted.
        ulong shaped = _engine.Plan.Inbound.Shaped.BitsPerSecond;
        Assert.InRange(tcp.Flow.ShareBitsPerSecond!.Value, shaped / 10, shaped);

        ExplainAnswer udp = await Explain("10.9.0.100:8443-10.1.0.7");
        Assert.Equal(("udp of the web", "web", null), (udp.Down.Rule.Name, udp.Down.Leaf.Name, udp.Connection));
        Assert.Equal(["dscp af21", "protocol udp", "port (source) 8443", "port (destination) 8443"], udp.Down.Rule.Evidence);
        Assert.Equal(200, udp.Down.DelayBoundMilliseconds);
        Assert.Contains("taken from the other direction", Assert.Single(udp.Up.Notes), StringComparison.Ordinal);
        Assert.Contains("it is not TCP (UDP)", udp.Limit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_several_lists_them_and_one_of_none_lists_none()
    {
        FlowMatches several = await Find("10.1.0.7");
        Assert.Equal((3, 3, null), (several.Matched, several.Flows.Count, several.Only));
        FlowMatches none = await Find("10.1.0.8");
        Assert.Equal((0, 0, null), (none.Matched, none.Flows.Count, none.Only));
    }

    [Fact]
    public async Task Questions_at_the_same_time_are_all_answered()
    {
        FlowsAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _control.FlowsAsync(new FlowsOrder(20, null, null), Cancellation)));
        Assert.All(answers, static a => Assert.Equal(3, a.Matched));
    }

    [Fact]
    public async Task A_loop_that_hangs_is_told_and_the_next_question_is_answered_when_it_turns_again()
    {
        _pause = true;
        await Assert.ThrowsAsync<TimeoutException>(() => _control.FlowsAsync(new FlowsOrder(20, null, null), Cancellation));
        _pause = false;

        // What was heavy has faded meanwhile.
        Assert.Equal(1, (await _control.FlowsAsync(new FlowsOrder(20, null, null), Cancellation)).Matched);
    }

    private async Task<FlowMatches> Find(string text)
    {
        Assert.True(FlowName.TryParse(text, out FlowName name));
        return await _control.ExplainAsync(name, Cancellation);
    }

    private async Task<ExplainAnswer> Explain(string text) => Assert.IsType<ExplainAnswer>((await Find(text)).Only);

    private void SendAll()
    {
        byte[] options = [2, 4, 0x05, 0xB4, 1, 3, 3, 7, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0];
        _engine.Loop.Engage(_clock.Now);
        Put(_lan, FrameCraft.Tcp(Near, 40_000, Far, 443, 1_000, 0, FrameCraft.Syn, 60_000, 0, options));
        Put(_wan, FrameCraft.Tcp(Far, 443, Near, 40_000, 5_000, 1_001, FrameCraft.Syn | FrameCraft.Ack, 60_000, 0, options));
        Put(_lan, FrameCraft.Tcp(Near, 40_000, Far, 443, 1_001, 5_001, FrameCraft.Ack, 500, 0));
        for (uint i = 0; i < 20; i++)
        {
            Put(_wan, FrameCraft.Tcp(Far, 443, Near, 40_000, 5_001 + (i * 1_000), 1_001, FrameCraft.Ack, 500, 1_000));
            Put(_wan, FrameCraft.Tcp(Far, 444, Near, 40_000, 5_001 + (i * 1_000), 1_001, FrameCraft.Ack, 500, 1_000));
            Put(_wan, FrameCraft.Udp(Far, 8_443, Near, 8_443, 1_000, dscp: 18));
        }

        // Until rates have been made of them.
        Instant end = _clock.Now + Duration.FromMilliseconds(250);
        while (_clock.Now < end)
        {
            _engine.RunOnce(_clock.Now);
            Thread.Sleep(1);
        }
    }

    private void Put(MemoryCapturePort port, byte[] frame)
    {
        Assert.True(port.TryEnqueue(_clock.Now, frame));
        _engine.RunOnce(_clock.Now);
    }

    private void Run()
    {
        while (!_stop)
        {
            if (!_pause)
            {
                _engine.RunOnce(_clock.Now);
            }

            Thread.Sleep(1);
        }
    }
}
