using Shaper.Engine.Bridge;
using Shaper.Engine.Pipeline;
using Shaper.Engine.Ports;
using Shaper.Engine.Units;

namespace Shaper.NetSim;

/// <summary>The whole engine as one node of the model: what it asks to be woken for becomes an event.</summary>
public sealed class ShaperNode : IDisposable
{
    private readonly SimEvents _events;
    private readonly MemoryCapturePort _wan;
    private readonly MemoryCapturePort _lan;
    private Instant _wakeAt = Instant.Never;

    /// <param name="toLan">Gets each frame that leaves the LAN port.</param>
    /// <param name="toWan">Gets each frame that leaves the WAN port.</param>
    public ShaperNode(SimEvents events, EnginePlan plan, EngineOptions options, Action<byte[]> toLan, Action<byte[]> toWan)
    {
        _events = events;
        _wan = new(events.Clock, name: "wan");
        _lan = new(events.Clock, name: "lan");
        MemoryInjectPort wanOut = new(events.Clock, (_, frame) => toWan(frame.ToArray()), "wan");
        MemoryInjectPort lanOut = new(events.Clock, (_, frame) => toLan(frame.ToArray()), "lan");
        Engine = new(options, plan, new EnginePorts(_wan, wanOut, _lan, lanOut), new OpenGate(), events.Now);
        Engine.Loop.Engage(events.Now);
    }

    public ShaperEngine Engine { get; }

    public void FromWan(byte[] frame) => Take(_wan, frame);

    public void FromLan(byte[] frame) => Take(_lan, frame);

    public void Dispose()
    {
        Engine.Dispose();
        _wan.Dispose();
        _lan.Dispose();
    }

    private void Take(MemoryCapturePort port, byte[] frame)
    {
        port.TryEnqueue(_events.Now, frame);
        Wake(_events.Now);
    }

    private void Wake(Instant at)
    {
        if (at >= _wakeAt || at == Instant.Never)
        {
            return;
        }

        _wakeAt = at;
        _events.At(at, () =>
        {
            // An earlier wake may have overtaken this one.
            if (_wakeAt != at)
            {
                return;
            }

            _wakeAt = Instant.Never;
            Instant next = Engine.RunOnce(_events.Now);
            Wake(Instant.Max(next, _events.Now));
        });
    }
}
