using System.Buffers.Binary;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Ports;

/// <summary>Captures from a network interface through a receive ring shared with the kernel: no system call a frame, one copy from ring to slot.</summary>
/// <remarks>
/// Frames that the box itself sends on the interface are never seen. The kernel takes the outer VLAN tag out of a frame; it is put back where it
/// was. Fixed memory: <see cref="RingBytes"/>, or 1,024 frames where those need more. An interface that goes down and comes back keeps its
/// ring; one that is removed and created again gets a new one. Interface and port live in the network namespace in which the port was opened.
/// </remarks>
public sealed class RingCapturePort : ICapturePort
{
    /// <summary>4,096 frames of an MTU of 1,500: 8 ms at 500,000 frames/s, longer than a loop is ever kept from reading.</summary>
    public const int RingBytes = 8 * 1024 * 1024;

    private const int FewestFrames = 1_024;

    /// <summary>Where a VLAN tag stands: behind the two MAC addresses.</summary>
    private const int TagOffset = 12;

    private readonly InterfaceWatch _watch;
    private readonly int _frames;
    private ReceiveRing? _ring;
    private long _dropsOfEarlierRings;
    private CaptureTally _tally;

    /// <param name="name">The interface.</param>
    /// <param name="ringFrames">Frames the kernel can store; 0 for as many as <see cref="RingBytes"/> hold.</param>
    /// <exception cref="PortException">No such interface.</exception>
    /// <exception cref="LinuxException">The kernel refused the socket or the ring.</exception>
    public RingCapturePort(string name, int ringFrames = 0)
    {
        Name = name;
        _frames = ringFrames;
        _watch = new(name);
        try
        {
            OpenRing();
        }
        catch
        {
            _watch.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public int PollDescriptor => _ring?.Descriptor ?? -1;

    public PortState State => _watch.State;

    /// <summary>Memory shared with the kernel.</summary>
    public long MemoryBytes => _ring?.MappedBytes ?? 0;

    public CaptureCounters Counters => _tally.Read(_watch.Reopens);

    public int Receive(FramePool pool, Span<FrameHandle> burst)
    {
        ReceiveRing? ring = _ring;
        if (ring is null)
        {
            return 0;
        }

        int count = 0;
        long bytes = 0;
        for (int looked = 0; looked < burst.Length && ring.TryPeek(out CapturedFrame frame); looked++)
        {
            int frameBytes = frame.Bytes.Length + (frame.VlanTag != 0 ? EthernetSize.VlanTagBytes : 0);
            if (frame.IsCut || frameBytes > pool.SlotBytes)
            {
                _tally.Oversize();
            }
            else if (!pool.TryRent(out FrameHandle handle))
            {
                _tally.PoolEmpty();
            }
            else
            {
                Copy(in frame, pool.Slot(handle));
                ref FrameMeta meta = ref pool.Meta(handle);
                meta.FrameBytes = frameBytes;
                meta.CapturedUnixNs = frame.UnixNs;
                burst[count++] = handle;
                bytes += frameBytes;
            }

            ring.Release();
        }

        if (count > 0)
        {
            _tally.Received(count, bytes);
        }

        return count;
    }

    public void Tend()
    {
        if (_ring is not null)
        {
            _tally.KernelDropsAre(_dropsOfEarlierRings + _ring.ReadDrops());
            _ring.TakeError();
        }

        bool replaced = _watch.LookForReplacement();
        if (_watch.State == PortState.Gone || replaced)
        {
            CloseRing();
        }

        if (_ring is null && _watch.State != PortState.Gone)
        {
            TryReopen();
        }
    }

    public void Dispose()
    {
        CloseRing();
        _watch.Dispose();
    }

    private static void Copy(in CapturedFrame frame, Span<byte> slot)
    {
        if (frame.VlanTag == 0)
        {
            frame.Bytes.CopyTo(slot);
            return;
        }

        frame.Bytes[..TagOffset].CopyTo(slot);
        BinaryPrimitives.WriteUInt32BigEndian(slot[TagOffset..], frame.VlanTag);
        frame.Bytes[TagOffset..].CopyTo(slot[(TagOffset + EthernetSize.VlanTagBytes)..]);
    }

    private void OpenRing()
    {
        InterfaceFacts facts = _watch.Facts;
        int longest = EthernetSize.LongestFrame(facts.MtuBytes);
        int frames = _frames > 0 ? _frames : Math.Max(FewestFrames, RingBytes / ReceiveRing.SlotBytesFor(longest));
        _ring = new(facts.Index, longest, frames);
    }

    private void TryReopen()
    {
        try
        {
            OpenRing();
        }
        catch (LinuxException)
        {
            // Gone again between the look and the opening, or short of memory: the next look tries again.
        }
    }

    private void CloseRing()
    {
        if (_ring is not null)
        {
            _dropsOfEarlierRings += _ring.ReadDrops();
            _ring.Dispose();
            _ring = null;
        }
    }
}
