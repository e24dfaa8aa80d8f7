using BenchmarkDotNet.Attributes;
using PacketDotNet;
using Shaper.Bench.Mocks;
using Shaper.Engine.Buffers;
using Shaper.Engine.Wire;

namespace Shaper.Bench.Wire;

/// <summary>Headers of one frame into its metadata, over 256 frames in turn; PacketDotNet reading the same fields beside it.</summary>
[MemoryDiagnoser]
public class DissectBenchmark
{
    private const int Frames = 256;

    private byte[][] _tcp4 = null!;
    private byte[][] _udp6 = null!;
    private byte[][] _tagged = null!;
    private byte[][] _mixed = null!;
    private FrameMeta[] _meta = null!;

    [GlobalSetup]
    public void Setup()
    {
        _tcp4 = FlowFrames.Make(Frames, static i => FlowFrames.Tcp4(i));
        _udp6 = FlowFrames.Make(Frames, FlowFrames.Udp6);
        _tagged = FlowFrames.Make(Frames, FlowFrames.TaggedTcp4);

        // An order without a period that a branch predictor could learn.
        uint order = 1;
        _mixed = FlowFrames.Make(Frames, i =>
        {
            order = (order * 1_664_525) + 1_013_904_223;
            return (order >> 30) switch { 0 => _tcp4[i], 1 => _udp6[i], 2 => _tagged[i], _ => FlowFrames.Tcp4(i, ackOnly: true) };
        });
        _meta = new FrameMeta[Frames];
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Frames)]
    public int TcpInIpv4() => Dissect(_tcp4);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int UdpInIpv6() => Dissect(_udp6);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int TcpBehindTwoTags() => Dissect(_tagged);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int Mixed() => Dissect(_mixed);

    [Benchmark(OperationsPerInvoke = Frames)]
    public int TcpInIpv4ByPacketDotNet()
    {
        int ports = 0;
        foreach (byte[] frame in _tcp4)
        {
            IPv4Packet ip = (IPv4Packet)Packet.ParsePacket(LinkLayers.Ethernet, frame).PayloadPacket;
            TcpPacket tcp = (TcpPacket)ip.PayloadPacket;
            ports += tcp.SourcePort + tcp.DestinationPort + ip.TypeOfService;
        }

        return ports;
    }

    private int Dissect(byte[][] frames)
    {
        FrameMeta[] meta = _meta;
        int faults = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            faults += (int)Dissector.Dissect(frames[i], ref meta[i]);
        }

        return faults;
    }
}
