using BenchmarkDotNet.Attributes;
using Shaper.Engine.Buffers;
using Shaper.Engine.Shaping.Framing;

namespace Shaper.Bench.Shaping;

/// <summary>What it costs to know what a frame costs.</summary>
[MemoryDiagnoser]
public class LinkFramingBenchmark
{
    private const int Frames = 4_096;

    private readonly FrameMeta[] _metas = new FrameMeta[Frames];
    private LinkFraming _framing = LinkFraming.AsSeen;

    [Params("raw", "ethernet", "pppoe-ptm", "pppoe-llcsnap")]
    public string Link { get; set; } = "";

    [Params("none", "dmvpn")]
    public string Tunnel { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        if (!LinkLayer.TryFind(Link, out LinkLayer link) || !TunnelText.TryParse(Tunnel, out Tunnel tunnel, out _))
        {
            throw new InvalidOperationException("unknown link or tunnel");
        }

        _framing = new(link, tunnel);
        Random random = new(1);
        for (int i = 0; i < _metas.Length; i++)
        {
            int packet = random.Next(40, 1_500);
            _metas[i] = new()
            {
                FrameBytes = 14 + packet,
                NetworkOffset = 14,
                PayloadOffset = 34,
                PayloadBytes = (ushort)(packet - 20),
                Traits = FrameTraits.Ipv4,
            };
        }
    }

    [Benchmark(OperationsPerInvoke = Frames)]
    public long WireBytes()
    {
        long sum = 0;
        for (int i = 0; i < _metas.Length; i++)
        {
            sum += _framing.WireBytes(_metas[i].FrameBytes, _metas[i]);
        }

        return sum;
    }
}
