using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;

namespace Shaper.Bench.Mocks;

/// <summary>A capture port that never runs dry: each frame is a copy of one template with the next flow's source port and address.</summary>
public sealed class TemplateCapturePort : ICapturePort
{
    public const int FirstPort = 20_000;
    public const int Ports = 30_000;

    private readonly byte[][] _templates;
    private int _next;
    private long _frames;

    /// <param name="flows">Distinct UDP flows, served in turn. Source ports run from <see cref="FirstPort"/> to <see cref="Ports"/> beyond, and begin again at other hosts.</param>
    /// <param name="frameBytes">Length of every frame, at least 64.</param>
    /// <param name="dscp">Mark of every frame.</param>
    /// <param name="shuffled">The turns are in an order like that on a link: neighbours have nothing in common.</param>
    public TemplateCapturePort(int flows, int frameBytes, byte dscp = 0, bool shuffled = false)
    {
        _templates = new byte[flows][];
        for (int i = 0; i < flows; i++)
        {
            _templates[i] = Template(i, frameBytes, dscp);
        }

        if (shuffled)
        {
            new Random(1).Shuffle(_templates);
        }
    }

    public string Name => "template";

    public int PollDescriptor => -1;

    public PortState State => PortState.Up;

    public CaptureCounters Counters => new(_frames, 0, 0, 0, 0, 0);

    public int Receive(FramePool pool, Span<FrameHandle> burst)
    {
        int count = 0;
        while (count < burst.Length && pool.TryRent(out FrameHandle frame))
        {
            byte[] template = _templates[_next];
            _next = _next + 1 == _templates.Length ? 0 : _next + 1;
            template.CopyTo(pool.Slot(frame));
            ref FrameMeta meta = ref pool.Meta(frame);
            meta.FrameBytes = template.Length;
            meta.CapturedUnixNs = 0;
            burst[count++] = frame;
        }

        _frames += count;
        return count;
    }

    public void Tend()
    {
    }

    public void Dispose()
    {
    }

    private static byte[] Template(int flow, int frameBytes, byte dscp)
    {
        byte[] frame = new byte[frameBytes];
        frame[0] = 0x02;
        frame[5] = 1;
        frame[6] = 0x02;
        frame[11] = 2;
        frame[12] = 0x08;
        Span<byte> ip = frame.AsSpan(14);
        ip[0] = 0x45;
        ip[1] = (byte)(dscp << 2);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(frameBytes - 14));
        ip[8] = 64;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], 0x0A090000u + (uint)(flow % 250) + ((uint)(flow / Ports) << 8));
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], 0x0A0A0001u);
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], (ushort)(FirstPort + (flow % Ports)));
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], 9_000);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], (ushort)(frameBytes - 34));
        return frame;
    }
}
