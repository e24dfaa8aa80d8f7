using System.Buffers.Binary;
using System.Diagnostics;
using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;

namespace Shaper.Lab.Tests;

/// <summary>
/// Numbered frames from one namespace to another at a steady rate, of every kind a wire must carry, and how often each arrived.
/// </summary>
internal sealed class LabTraffic : IDisposable
{
    private const int FrameBytes = 120;

    /// <summary>Destination (null: the receiver's own address) and VLAN tags of each kind; frame n is of kind n modulo their number.</summary>
    private static readonly (string Name, string? To, uint[] Tags)[] Kinds =
    [
        ("unicast", null, []),
        ("unknown unicast", "020000009999", []),
        ("broadcast", "ffffffffffff", []),
        ("multicast", "01005e010203", []),
        ("IPv6 multicast", "333300000001", []),
        ("BPDU", "0180c2000000", []),
        ("tagged", null, [0x8100_A02A]),
        ("tagged broadcast", "ffffffffffff", [0x8100_002B]),
        ("double tagged", null, [0x88A8_0064, 0x8100_0007]),
    ];

    private readonly List<LabThread> _threads = [];
    private readonly byte[][] _frames;
    private readonly int _perSecond;
    private volatile bool _stopSending;
    private volatile bool _stopReceiving;
    private int _sent;
    private int _ready;

    /// <summary>Starts to send and to count.</summary>
    /// <param name="lab">Where the namespaces are.</param>
    /// <param name="from">Sending namespace; its interface is eth0.</param>
    /// <param name="to">Receiving namespace; its interface is eth0.</param>
    /// <param name="fromMac">Source address, 12 hexadecimal digits.</param>
    /// <param name="toMac">Address of the unicast kinds.</param>
    /// <param name="perSecond">Frames a second.</param>
    /// <param name="seconds">Sends for at most so long.</param>
    public LabTraffic(LabSpace lab, string from, string to, string fromMac, string toMac, int perSecond, double seconds)
    {
        _perSecond = perSecond;
        int most = (int)(perSecond * seconds);
        Arrivals = new int[most];
        StampsNs = new long[most];
        _frames = [.. Enumerable.Range(0, Kinds.Length).Select(kind => Template(kind, fromMac, toMac))];
        _threads.Add(LabThread.Start(lab.NameOf(to), Receive));
        LabSpace.WaitUntil(() => Volatile.Read(ref _ready) != 0, TimeSpan.FromSeconds(5), () => "the receiver did not start");
        _threads.Add(LabThread.Start(lab.NameOf(from), Send));
    }

    /// <summary>How often each number arrived.</summary>
    public int[] Arrivals { get; }

    /// <summary>When the kernel received it, ns since 1970.</summary>
    public long[] StampsNs { get; }

    /// <summary>Frames sent so far.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Frames that arrived with other bytes than were sent.</summary>
    public int Changed { get; private set; }

    public int Lost => Arrivals.Take(Sent).Count(n => n == 0);

    public int Doubled => Arrivals.Take(Sent).Count(n => n > 1);

    /// <summary>The longest time between two arrivals that follow each other.</summary>
    public double LongestGapMs
    {
        get
        {
            long[] stamps = [.. StampsNs.Where(ns => ns != 0).Order()];
            return stamps.Zip(stamps.Skip(1), (a, b) => (b - a) / 1e6).DefaultIfEmpty(0).Max();
        }
    }

    /// <summary>Ends the sending, waits for what is on its way, ends the counting.</summary>
    public void Finish()
    {
        _stopSending = true;
        _threads[1].Join();
        Thread.Sleep(300);
        _stopReceiving = true;
        _threads[0].Join();
    }

    /// <summary>Which kinds were lost or doubled, for the message of a failed test.</summary>
    public string Describe()
    {
        IEnumerable<string> kinds = Kinds.Select((kind, index) =>
        {
            int[] numbers = [.. Enumerable.Range(0, Sent).Where(n => n % Kinds.Length == index)];
            return $"{kind.Name}: {numbers.Length} sent, {numbers.Count(n => Arrivals[n] == 0)} lost, {numbers.Count(n => Arrivals[n] > 1)} doubled";
        });
        int[] lost = [.. Enumerable.Range(0, Sent).Where(n => Arrivals[n] == 0)];
        return string.Join("\n", kinds) + $"\nlost numbers {string.Join(' ', lost.Take(40))}; {Changed} changed; longest gap {LongestGapMs:0.0} ms";
    }

    public void Dispose()
    {
        _stopSending = true;
        _stopReceiving = true;
    }

    private static byte[] Template(int kind, string fromMac, string toMac)
    {
        byte[] frame = LabFrames.Make(0, FrameBytes, Kinds[kind].Tags);
        Convert.FromHexString((Kinds[kind].To ?? toMac) + fromMac).CopyTo(frame, 0);
        return frame;
    }

    private static int NumberOffset(int kind) => 14 + (4 * Kinds[kind].Tags.Length);

    private void Send()
    {
        using LabPort port = new(PortKind.Ring, "eth0");
        Stopwatch watch = Stopwatch.StartNew();
        List<byte[]> burst = [];
        while (!_stopSending && _sent < Arrivals.Length)
        {
            int due = (int)Math.Min(Arrivals.Length, watch.Elapsed.TotalSeconds * _perSecond);
            burst.Clear();
            for (int number = _sent; number < due; number++)
            {
                int kind = number % Kinds.Length;
                byte[] frame = [.. _frames[kind]];
                BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(NumberOffset(kind)), number);
                burst.Add(frame);
            }

            port.Send(burst);
            Volatile.Write(ref _sent, Math.Max(_sent, due));
            Thread.Sleep(TimeSpan.FromMilliseconds(0.2));
        }
    }

    private void Receive()
    {
        using LabPort port = new(PortKind.Ring, "eth0");
        FrameHandle[] burst = new FrameHandle[64];
        Volatile.Write(ref _ready, 1);
        while (!_stopReceiving)
        {
            port.Pool.Reclaim();
            int received = port.Capture.Receive(port.Pool, burst);
            for (int i = 0; i < received; i++)
            {
                Count(port.Pool.Frame(burst[i]), port.Pool.Meta(burst[i]).CapturedUnixNs);
            }

            port.Pool.Return(burst.AsSpan(0, received));
            if (received == 0)
            {
                Thread.Sleep(TimeSpan.FromMilliseconds(0.2));
            }
        }
    }

    private void Count(ReadOnlySpan<byte> frame, long stampNs)
    {
        int at = 12;
        while (frame.Length > at + 8 && BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) is 0x8100 or 0x88A8)
        {
            at += 4;
        }

        if (frame.Length < at + 6 || BinaryPrimitives.ReadUInt16BigEndian(frame[at..]) != LabFrames.EtherType)
        {
            return;
        }

        int number = BinaryPrimitives.ReadInt32BigEndian(frame[(at + 2)..]);
        if ((uint)number >= (uint)Arrivals.Length)
        {
            Changed++;
            return;
        }

        int kind = number % Kinds.Length;
        byte[] expected = _frames[kind];
        int offset = NumberOffset(kind);
        if (frame.Length != FrameBytes || !frame[..offset].SequenceEqual(expected.AsSpan(0, offset))
            || !frame[(offset + 4)..].SequenceEqual(expected.AsSpan(offset + 4)))
        {
            Changed++;
        }

        Arrivals[number]++;
        StampsNs[number] = stampNs;
    }
}
