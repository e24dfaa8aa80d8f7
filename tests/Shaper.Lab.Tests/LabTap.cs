using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;

namespace Shaper.Lab.Tests;

/// <summary>Writes down every frame that comes in on an interface, with the kernel's receive stamp.</summary>
internal sealed class LabTap : IDisposable
{
    private readonly List<(long StampNs, byte[] Frame)> _frames = [];
    private readonly LabThread _thread;
    private volatile bool _stop;
    private volatile bool _ready;

    public LabTap(LabSpace lab, string space, string device)
    {
        _thread = LabThread.Start(lab.NameOf(space), () => Watch(device));
        LabSpace.WaitUntil(() => _ready, TimeSpan.FromSeconds(5), () => $"the tap on {device} did not start");
    }

    /// <summary>Frames that the kernel could not keep for us; the trace is worth nothing unless this is 0.</summary>
    public long Missed { get; private set; }

    /// <summary>Ends the watching; what was seen, in order.</summary>
    public IReadOnlyList<(long StampNs, byte[] Frame)> Finish()
    {
        _stop = true;
        _thread.Join();
        return _frames;
    }

    public void Dispose() => _stop = true;

    private void Watch(string device)
    {
        using LabPort port = new(PortKind.Ring, device);
        FrameHandle[] burst = new FrameHandle[64];
        _ready = true;
        while (!_stop)
        {
            port.Pool.Reclaim();
            int received = port.Capture.Receive(port.Pool, burst);
            for (int i = 0; i < received; i++)
            {
                _frames.Add((port.Pool.Meta(burst[i]).CapturedUnixNs, port.Pool.Frame(burst[i]).ToArray()));
            }

            port.Pool.Return(burst.AsSpan(0, received));
            if (received == 0)
            {
                Thread.Sleep(TimeSpan.FromMilliseconds(0.5));
            }
        }

        port.Capture.Tend();
        Missed = port.Capture.Counters.KernelDrops;
    }
}
