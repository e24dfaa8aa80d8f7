using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Shaper.Engine.Ports;

/// <summary>Captures from a network interface through SharpPcap, by the pointers that libpcap hands out: no object a frame, one copy to the slot.</summary>
/// <remarks>
/// Inbound frames only: the kernel, libpcap, or both leave out what the box sends. libpcap puts the VLAN tag back that the kernel takes out. Drops are
/// read from libpcap itself, because SharpPcap's own figure is always 0 on 64-bit Linux. Lives in the network namespace in which it was opened.
/// </remarks>
public sealed class PcapCapturePort : ICapturePort
{
    /// <summary>Memory in which the kernel stores frames.</summary>
    public const int BufferBytes = 8 * 1024 * 1024;

    private readonly InterfaceWatch _watch;
    private LibPcapLiveDevice? _device;
    private nint _pcap;
    private int _descriptor = -1;
    private bool _nanoseconds;
    private bool _failed;
    private long _dropsOfEarlierDevices;
    private CaptureTally _tally;

    /// <param name="name">The interface.</param>
    /// <exception cref="PortException">No such interface.</exception>
    /// <exception cref="PcapException">libpcap cannot open it.</exception>
    /// <exception cref="DllNotFoundException">libpcap is not installed.</exception>
    public PcapCapturePort(string name)
    {
        Name = name;
        _watch = new(name);
        try
        {
            OpenDevice();
        }
        catch
        {
            _watch.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public int PollDescriptor => _descriptor;

    public PortState State => _watch.State;

    public CaptureCounters Counters => _tally.Read(_watch.Reopens);

    public int Receive(FramePool pool, Span<FrameHandle> burst)
    {
        LibPcapLiveDevice? device = _device;
        if (device is null || _failed)
        {
            return 0;
        }

        int count = 0;
        long bytes = 0;
        nint header = 0;
        nint data = 0;
        for (int looked = 0; looked < burst.Length; looked++)
        {
            int status = device.GetNextPacketPointers(ref header, ref data);
            if (status != (int)GetPacketStatus.PacketRead)
            {
                // Below zero the interface went away under us: tending opens it again.
                _failed = status < 0;
                break;
            }

            CapturedFrame frame = LibPcap.Read(header, data, _nanoseconds);
            if (frame.IsCut || frame.Bytes.Length > pool.SlotBytes)
            {
                _tally.Oversize();
            }
            else if (!pool.TryRent(out FrameHandle handle))
            {
                _tally.PoolEmpty();
            }
            else
            {
                frame.Bytes.CopyTo(pool.Slot(handle));
                ref FrameMeta meta = ref pool.Meta(handle);
                meta.FrameBytes = frame.Bytes.Length;
                meta.CapturedUnixNs = frame.UnixNs;
                burst[count++] = handle;
                bytes += frame.Bytes.Length;
            }
        }

        if (count > 0)
        {
            _tally.Received(count, bytes);
        }

        return count;
    }

    public void Tend()
    {
        if (_device is not null && LibPcap.Drops(_pcap) is >= 0 and long drops)
        {
            _tally.KernelDropsAre(_dropsOfEarlierDevices + drops);
        }

        bool replaced = _watch.LookForReplacement();
        if (_watch.State == PortState.Gone || replaced || _failed)
        {
            CloseDevice();
        }

        if (_device is null && _watch.State == PortState.Up)
        {
            TryReopen();
        }
    }

    public void Dispose()
    {
        CloseDevice();
        _watch.Dispose();
    }

    private void OpenDevice()
    {
        LibPcapLiveDevice device = PcapLive.Open(
            Name, EthernetSize.LongestFrame(_watch.Facts.MtuBytes), BufferBytes, promiscuous: true);
        nint pcap = device.Handle.DangerousGetHandle();
        if (!(LibPcap.CaptureInboundOnly(pcap) | LibPcap.IgnoreOutgoing(pcap)))
        {
            device.Dispose();
            throw new PortException(Name, "neither libpcap nor the kernel can leave out the frames this machine sends");
        }

        _device = device;
        _pcap = pcap;
        _descriptor = LibPcap.SelectableDescriptor(pcap);
        _nanoseconds = device.TimestampResolution == TimestampResolution.Nanosecond;
        _failed = false;
    }

    private void TryReopen()
    {
        try
        {
            OpenDevice();
        }
        catch (Exception fault) when (fault is PcapException or PortException)
        {
            // Gone again between the look and the opening: the next look tries again.
        }
    }

    private void CloseDevice()
    {
        if (_device is null)
        {
            return;
        }

        _dropsOfEarlierDevices += Math.Max(0, LibPcap.Drops(_pcap));
        _descriptor = -1;
        _pcap = 0;
        _device.Dispose();
        _device = null;
    }
}
