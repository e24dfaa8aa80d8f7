using Shaper.Engine.Bridge;
using Shaper.Engine.Interop;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Shaper.Host.Policy;

namespace Shaper.Host.Daemon;

/// <summary>The engine on two interfaces of this machine: bridge, ports, gate, loop thread. Opened whole or not at all, closed in the reverse order.</summary>
internal sealed class LivePath : IDataPath
{
    private static readonly TimeSpan TendEvery = TimeSpan.FromSeconds(1);

    private readonly InlineBridge _bridge;
    private readonly ShaperEngine _engine;
    private readonly LiveLoop _loop;
    private readonly PollWait[] _waits;
    private readonly EngineControl _control;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private readonly Timer _tend;

    private LivePath(InlineBridge bridge, EnginePorts ports, RunSettings settings, IWireGate gate, int largestFrameBytes)
    {
        _bridge = bridge;
        MonotonicClock clock = new();
        EngineOptions options = new()
        {
            Threads = settings.Threads,
            SlotBytes = largestFrameBytes,
            QueuedFrames = settings.QueuedFrames,
            Steering = settings.SteerTcp ? new() : null,
            OutboundSteering = settings.SteerOutbound ? new() : null,
        };
        EnginePlan plan = settings.TryPlan(settings.Policy, settings.Down, settings.Up, largestFrameBytes, out IReadOnlyList<PolicyFault> faults)
            ?? throw CommandFailedException.Of(faults.Select(static fault => fault.ToString()), ExitCode.Usage);
        WarmUp.Run(plan);
        _engine = new(options, plan, ports, gate, clock.Now, bridge.WanFilter, bridge.LanFilter);
        bool one = options.Threads == ThreadMode.One;
        _waits = one
            ? [new PollWait(ports.WanCapture, ports.LanCapture)]
            : [new PollWait(), new PollWait(ports.WanCapture), new PollWait(ports.LanCapture)];
        _loop = new(_engine, options, clock, _waits[0], one ? null : _waits[1], one ? null : _waits[2]);
        ShaperIdentity identity = new(
            typeof(LivePath).Assembly.GetName().Version!.ToString(3), settings.Wan, settings.Lan, settings.Port == PortKind.Ring ? "ring" : "pcap");
        _control = new(_engine, _loop.Nudge, clock, settings, identity, largestFrameBytes);
        _thread = new(Run) { Name = EngineControl.LoopThreadName, IsBackground = true };
        _tend = new(_ => _bridge.Tend());
    }

    public IReadOnlyList<string> Notes => _bridge.BridgeCreated
        ? [.. _bridge.Notes, $"the bridge {_bridge.BridgeName} was made for this run and goes with it, and with it the line; docs/deploying.md makes one that stays"]
        : _bridge.Notes;

    public bool WireOutlivesRun => !_bridge.BridgeCreated;

    public Task Completion => _ended.Task;

    public long Breaths => _engine.Loop.Counters.Breaths;

    /// <summary>Opens bridge, ports and gate, in that order, so that whatever fails leaves the wire as it was.</summary>
    /// <exception cref="CommandFailedException">One line for the operator.</exception>
    public static LivePath Open(RunSettings settings)
    {
        InlineBridge? bridge = null;
        EnginePorts? ports = null;
        try
        {
            bridge = InlineBridge.Open(settings.Wan, settings.Lan);
            InterfacePorts wan = InterfacePorts.Open(settings.Port, settings.Wan);
            InterfacePorts lan;
            try
            {
                lan = InterfacePorts.Open(settings.Port, settings.Lan);
            }
            catch
            {
                wan.Dispose();
                throw;
            }

            ports = new(wan.Capture, wan.Inject, lan.Capture, lan.Inject);

            // Capture threads cannot say whether all that the kernel carried came up; acknowledgements would go on unedited anyway.
            IWireGate gate = bridge.AttachGate(keepsAcks: settings.SteerTcp && settings.Threads == ThreadMode.One);
            int largest = EthernetSize.LongestFrame(Math.Max(wan.MtuBytes, lan.MtuBytes));
            return new(bridge, ports, settings, gate, largest);
        }
        catch (Exception e)
        {
            ports?.Dispose();
            bridge?.Dispose();
            if (e is BridgeException or PortException or LinuxException)
            {
                throw new CommandFailedException(e.Message, IsUsage(e) ? ExitCode.Usage : ExitCode.Failure, e);
            }

            throw;
        }
    }

    public void Start()
    {
        _thread.Start();
        _tend.Change(TendEvery, TendEvery);
    }

    public void RequestStop() => _loop.RequestStop();

    public ShaperStatus Status() => _control.Status();

    public IReadOnlyList<string> Complaints() => _control.Complaints();

    public RateAnswer? SetRate(Direction direction, BitRate link, out IReadOnlyList<string> errors) => _control.SetRate(direction, link, out errors);

    public PolicyAnswer Policy() => _control.Policy();

    public PolicyAnswer? ApplyPolicy(string name, string text, out IReadOnlyList<string> errors) => _control.ApplyPolicy(name, text, out errors);

    public IReadOnlyList<string> InboundClasses() => _control.InboundClasses();

    public Task<FlowsAnswer> FlowsAsync(FlowsOrder order, CancellationToken cancellation) => _control.FlowsAsync(order, cancellation);

    public Task<FlowMatches> ExplainAsync(FlowName name, CancellationToken cancellation) => _control.ExplainAsync(name, cancellation);

    public Task SetBypassAsync(bool on, CancellationToken cancellation) => _control.SetBypassAsync(on, cancellation);

    public void Dispose()
    {
        _tend.Dispose();
        _control.Dispose();

        // The loop has released the gate; one that hangs has lost it by not beating. Either way the kernel carries the traffic by now.
        // Ports and waits of a loop that hangs stay open: it may wake up in them yet, and the process is about to end.
        if (_thread.IsAlive)
        {
            _bridge.Dispose();
            return;
        }

        _engine.Dispose();
        _bridge.Dispose();
        foreach (PollWait wait in _waits)
        {
            wait.Dispose();
        }
    }

    private static bool IsUsage(Exception e) =>
        e is BridgeException { Fault: BridgeFault.UnknownInterface or BridgeFault.SamePort or BridgeFault.NotAPort };

    private void Run()
    {
        try
        {
            _loop.Run();
            _ended.SetResult();
        }
#pragma warning disable CA1031 // handed on through Completion, which the daemon awaits
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _ended.SetException(fault);
        }
    }
}
