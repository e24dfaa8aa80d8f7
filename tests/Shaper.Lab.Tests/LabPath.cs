using System.Buffers.Binary;
using System.Diagnostics;
using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;

namespace Shaper.Lab.Tests;

/// <summary>
/// A wide-area path in a namespace of its own: joins two interfaces, delivers every frame after a delay, and loses and reorders TCP of some ports on purpose.
/// Stands in for netem, which not every kernel has. One thread.
/// </summary>
internal sealed class LabPath : IDisposable
{
    private readonly PriorityQueue<(int To, byte[] Frame), (double DueMs, long Number)> _under = new();
    private readonly double _delayMs;
    private readonly ushort _firstBadPort;
    private readonly Random _random = new(5);
    private readonly LabThread _thread;
    private volatile bool _stop;
    private volatile bool _ready;
    private long _number;

    /// <param name="lab">Where the namespace is.</param>
    /// <param name="space">It holds both interfaces, in no bridge.</param>
    /// <param name="a">One interface.</param>
    /// <param name="b">The other.</param>
    /// <param name="delayMs">One way.</param>
    /// <param name="firstBadPort">TCP with a port from this to 99 above it loses 2 % each way, and 5 % come up to 8 ms late.</param>
    public LabPath(LabSpace lab, string space, string a, string b, double delayMs, ushort firstBadPort)
    {
        _delayMs = delayMs;
        _firstBadPort = firstBadPort;
        _thread = LabThread.Start(lab.NameOf(space), () => Carry(a, b));
        LabSpace.WaitUntil(() => _ready, TimeSpan.FromSeconds(5), () => "the path did not start");
    }

    public int LostFrames { get; private set; }

    public int LateFrames { get; private set; }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Carry(string a, string b)
    {
        using LabPort portA = new(PortKind.Ring, a);
        using LabPort portB = new(PortKind.Ring, b);
        LabPort[] ports = [portA, portB];
        FrameHandle[] burst = new FrameHandle[64];
        Stopwatch watch = Stopwatch.StartNew();
        _ready = true;
        while (!_stop)
        {
            bool idle = true;
            for (int from = 0; from < 2; from++)
            {
                FramePool pool = ports[from].Pool;
                pool.Reclaim();
                int received = ports[from].Capture.Receive(pool, burst);
                for (int i = 0; i < received; i++)
                {
                    Admit(1 - from, pool.Frame(burst[i]).ToArray(), watch.Elapsed.TotalMilliseconds);
                }

                pool.Return(burst.AsSpan(0, received));
                idle &= received == 0;
            }

            while (_under.TryPeek(out (int To, byte[] Frame) next, out (double DueMs, long) due) && due.DueMs <= watch.Elapsed.TotalMilliseconds)
            {
                _under.Dequeue();
                ports[next.To].Send(next.Frame);
            }

            if (idle)
            {
                Thread.Sleep(TimeSpan.FromMilliseconds(0.2));
            }
        }
    }

    private void Admit(int to, byte[] frame, double nowMs)
    {
        double late = 0;
        if (IsBad(frame))
        {
            double lot = _random.NextDouble();
            if (lot < 0.02)
            {
                LostFrames++;
                return;
            }

            if (lot < 0.07)
            {
                LateFrames++;
                late = 8 * _random.NextDouble();
            }
        }

        _under.Enqueue((to, frame), (nowMs + _delayMs + late, _number++));
    }

    private bool IsBad(ReadOnlySpan<byte> frame) =>
        frame.Length > 38 && frame[12] == 8 && frame[23] == 6
        && (IsBad(BinaryPrimitives.ReadUInt16BigEndian(frame[34..])) || IsBad(BinaryPrimitives.ReadUInt16BigEndian(frame[36..])));

    private bool IsBad(ushort port) => port >= _firstBadPort && port < _firstBadPort + 100;
}
