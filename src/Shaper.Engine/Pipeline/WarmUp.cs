using System.Buffers.Binary;
using Shaper.Engine.Bridge;
using Shaper.Engine.Ports;
using Shaper.Engine.Time;
using Shaper.Engine.Units;
using Shaper.Engine.Wire;

namespace Shaper.Engine.Pipeline;

/// <summary>
/// Runs an engine on in-memory ports for a moment, so that the code of the data path is compiled before the first real frame: compiling it on the way took
/// longer than the gate's 25 ms, and the kernel had taken the wire back before the first breath was over.
/// </summary>
/// <remarks>Touches nothing of the real engine. Allocates; called once, before the traffic is taken over.</remarks>
public static class WarmUp
{
    /// <summary>Enough for the runtime to compile every method of the path, and to start on the better versions.</summary>
    private const int Rounds = 2_000;

    private const int FrameBytes = 256;
    private const int NetworkOffset = 14;
    private const int TransportOffset = 34;
    private const int TcpHeaderBytes = 20;

    /// <summary>Rounds that one made-up connection lasts.</summary>
    private const int ConnectionRounds = 50;

    private const ushort LeastPort = 20_000;
    private const ushort OutsidePort = 443;
    private const uint DataBytes = 200;
    private const uint InsideStart = 1_000;
    private const uint OutsideStart = 5_000;

    public static void Run(EnginePlan plan)
    {
        VirtualClock clock = new();
        MemoryCapturePort wan = new(clock, capacityFrames: 64);
        MemoryCapturePort lan = new(clock, capacityFrames: 64);
        EngineOptions options = new() { FrameSlots = 256, SlotBytes = 512, HandoffFrames = 64, Steering = new() { MaxConnections = 64 }, OutboundSteering = new() { MaxConnections = 64 } };
        using ShaperEngine engine = new(
            options, plan, new EnginePorts(wan, new MemoryInjectPort(clock), lan, new MemoryInjectPort(clock)), new OpenGate(), clock.Now,
            new ForwardingFilter(new StationTable(), BridgeSide.Wan, BridgeAddresses.Default),
            new ForwardingFilter(new StationTable(), BridgeSide.Lan, BridgeAddresses.Default));
        engine.Loop.Engage(clock.Now);
        byte[] call = Udp();
        for (int i = 0; i < Rounds; i++)
        {
            // A connection every so often, so that its beginning and its end are compiled as well as what lies between.
            int step = i % ConnectionRounds;
            ushort port = (ushort)(LeastPort + (i / ConnectionRounds));
            wan.TryEnqueue(clock.Now, i % 2 == 0 ? call : Inbound(step, port));
            lan.TryEnqueue(clock.Now, i % 2 == 0 ? Outbound(step, port) : call);
            if (step == ConnectionRounds / 2)
            {
                // The first question for flows must not make a breath late either.
                engine.Flows.TryAsk(new(new FlowFilter(), top: 2));
            }

            engine.RunOnce(clock.Now);
            clock.Advance(Duration.FromMilliseconds(1));
        }

        engine.Loop.StepAside(clock.Now);
        engine.RunOnce(clock.Now);
    }

    private static byte[] Udp()
    {
        byte[] frame = Frame(protocol: 17, dscp: 46, fromLan: false, LeastPort);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(TransportOffset + 4), FrameBytes - TransportOffset);
        return frame;
    }

    /// <summary>From the inside: a SYN, acknowledgements of all that came, at last a FIN.</summary>
    private static byte[] Outbound(int step, ushort port) => step == 0
        ? Tcp(fromLan: true, port, InsideStart, 0, TcpFlag.Syn)
        : Tcp(fromLan: true, port, InsideStart + 1, OutsideStart + 1 + Received(step), step == ConnectionRounds - 2 ? (byte)(TcpFlag.Fin | TcpFlag.Ack) : TcpFlag.Ack);

    /// <summary>From the outside: a SYN-ACK, then data.</summary>
    private static byte[] Inbound(int step, ushort port) => step == 1
        ? Tcp(fromLan: false, port, OutsideStart, InsideStart + 1, TcpFlag.Syn | TcpFlag.Ack)
        : Tcp(fromLan: false, port, OutsideStart + 1 + Received(step - 1), InsideStart + 1, TcpFlag.Ack);

    /// <summary>Bytes that have come when a round begins: data from the second inbound frame on.</summary>
    private static uint Received(int step) => (uint)Math.Max(0, (step / 2) - 1) * DataBytes;

    private static byte[] Tcp(bool fromLan, ushort port, uint sequence, uint acknowledgement, byte flags)
    {
        byte[] frame = Frame(protocol: 6, dscp: 0, fromLan, port);
        Span<byte> tcp = frame.AsSpan(TransportOffset);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledgement);
        bool begins = (flags & TcpFlag.Syn) != 0;
        tcp[12] = (byte)(begins ? 0x70 : 0x50);
        tcp[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], 60_000);
        if (begins)
        {
            // MSS 1460 and window scale 7 (RFC 9293, RFC 7323).
            ReadOnlySpan<byte> options = [2, 4, 0x05, 0xB4, 3, 3, 7, 0];
            options.CopyTo(tcp[TcpHeaderBytes..]);
        }

        bool bare = fromLan || begins;
        int total = TransportOffset - NetworkOffset + TcpHeaderBytes + (begins ? 8 : 0) + (bare ? 0 : (int)DataBytes);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(NetworkOffset + 2), (ushort)total);
        return frame;
    }

    private static byte[] Frame(byte protocol, byte dscp, bool fromLan, ushort port)
    {
        byte[] frame = new byte[FrameBytes];
        frame[0] = 0x02;
        frame[5] = (byte)(fromLan ? 2 : 1);
        frame[6] = 0x02;
        frame[11] = (byte)(fromLan ? 1 : 2);
        frame[12] = 0x08;
        Span<byte> ip = frame.AsSpan(NetworkOffset);
        ip[0] = 0x45;
        ip[1] = (byte)(dscp << 2);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], FrameBytes - NetworkOffset);
        ip[8] = 64;
        ip[9] = protocol;
        ip[12] = ip[16] = 10;
        ip[15] = (byte)(fromLan ? 1 : 2);
        ip[19] = (byte)(fromLan ? 2 : 1);
        Span<byte> ports = frame.AsSpan(TransportOffset);
        BinaryPrimitives.WriteUInt16BigEndian(ports, fromLan ? port : OutsidePort);
        BinaryPrimitives.WriteUInt16BigEndian(ports[2..], fromLan ? OutsidePort : port);
        return frame;
    }
}
