using System.Diagnostics;
using Shaper.Engine.Buffers;
using Shaper.Engine.Ports;

namespace Shaper.Lab.Tests;

/// <summary>A port under test with a pool of its own: byte arrays in, byte arrays out.</summary>
internal sealed class LabPort : IDisposable
{
    private readonly InterfacePorts _ports;
    private readonly FrameHandle[] _burst = new FrameHandle[64];

    /// <summary>Opens in the calling thread's namespace.</summary>
    public LabPort(PortKind kind, string device, int mtuOfPool = 0)
    {
        _ports = InterfacePorts.Open(kind, device);
        Pool = new(slots: 1_024, EthernetSize.LongestFrame(Math.Max(mtuOfPool, _ports.MtuBytes)));
    }

    public FramePool Pool { get; }

    public ICapturePort Capture => _ports.Capture;

    public IInjectPort Inject => _ports.Inject;

    /// <summary>Sends all, offering again what the kernel's queue did not take.</summary>
    public void Send(params IEnumerable<byte[]> frames)
    {
        foreach (byte[][] chunk in frames.Chunk(64))
        {
            FrameHandle[] burst = [.. chunk.Select(Rent)];
            for (int done = 0; done < burst.Length;)
            {
                done += Inject.Send(Pool, burst.AsSpan(done));
            }

            Pool.Return(burst);
            Pool.Reclaim();
        }
    }

    /// <summary>Receives until <paramref name="count"/> frames of the lab's own EtherType are there, or the patience ends.</summary>
    public List<byte[]> Receive(int count, double patienceSeconds = 2)
    {
        List<byte[]> frames = [];
        Stopwatch watch = Stopwatch.StartNew();
        while (frames.Count < count && watch.Elapsed.TotalSeconds < patienceSeconds)
        {
            Pool.Reclaim();
            int received = Capture.Receive(Pool, _burst);
            for (int i = 0; i < received; i++)
            {
                frames.Add(Pool.Frame(_burst[i]).ToArray());
            }

            Pool.Return(_burst.AsSpan(0, received));
        }

        return frames;
    }

    /// <summary>Tends both halves until the condition holds.</summary>
    public void TendUntil(Func<bool> condition, string what) => LabSpace.WaitUntil(
        () =>
        {
            Capture.Tend();
            Inject.Tend();
            return condition();
        },
        TimeSpan.FromSeconds(5),
        () => $"{what}: capture {Capture.State}, inject {Inject.State}");

    public void Dispose() => _ports.Dispose();

    private FrameHandle Rent(byte[] bytes)
    {
        if (!Pool.TryRent(out FrameHandle frame))
        {
            throw new InvalidOperationException("the test's pool is empty");
        }

        bytes.CopyTo(Pool.Slot(frame));
        Pool.Meta(frame).FrameBytes = bytes.Length;
        return frame;
    }
}
