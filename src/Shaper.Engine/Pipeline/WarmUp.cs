using System.Buffers.Binary;
using Shaper.Engine.Bridge;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// Runs an engine on in-memory ports for a moment, so that the code of the data path is compiled before the first real frame: compiling it on the way took
/// longer than the gate's 20 ms, and the kernel had taken the wire back before the first breath was over.
/// </summary>
/// <remarks>Touches nothing of the real engine. Allocates; called once, before the traffic is taken over.</remarks>
public static class WarmUp
{
    /// <summary>Enough for the runtime to compile every method of the path, and to start on the better versions.</summary>
    private const int Rounds = 2_000;

    private const int FrameBytes = 256;

    public static void Run(EnginePlan plan)
    {
        VirtualClock clock = new();
        MemoryCapturePort wan = new(clock, capacityFrames: 64);
        MemoryCapturePort lan = new(clock, capacityFrames: 64);
        EngineOptions options = new() { FrameSlots = 256, SlotBytes = 512, HandoffFrames = 64, Steering = new() { MaxConnections = 64 } };
        using ShaperEngine engine = new(
            options, plan, new EnginePorts(wan, new MemoryInjectPort(clock), lan, new MemoryInjectPort(clock)), new OpenGate(), clock.Now,
            new ForwardingFilter(new StationTable(), BridgeSide.Wan, BridgeAddresses.Default),
            new ForwardingFilter(new StationTable(), BridgeSide.Lan, BridgeAddresses.Default));
        engine.Loop.Engage(clock.Now);
        byte[] udp = Frame(protocol: 17, dscp: 46);
        byte[] tcp = Frame(protocol: 6, dscp: 0);
        for (int i = 0; i < Rounds; i++)
        {
            wan.TryEnqueue(clock.Now, i % 2 == 0 ? udp : tcp);
            lan.TryEnqueue(clock.Now, i % 2 == 0 ? tcp : udp);
            engine.RunOnce(clock.Now);
            clock.Advance(Duration.FromMilliseconds(1));
        }

        engine.Loop.StepAside(clock.Now);
        engine.RunOnce(clock.Now);
    }

    private static byte[] Frame(byte protocol, byte dscp)
    {
        byte[] frame = new byte[FrameBytes];
        frame[0] = 0x02;
        frame[6] = 0x02;
        frame[11] = protocol;
        frame[12] = 0x08;
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x45;
        ip[1] = (byte)(dscp << 2);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], FrameBytes - 14);
        ip[8] = 64;
        ip[9] = protocol;
        ip[12] = 10;
        ip[16] = 10;
        ip[32] = 0x50;
        ip[33] = 0x10;
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], 20_000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], 20_002);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], FrameBytes - 34);
        return frame;
    }
}
