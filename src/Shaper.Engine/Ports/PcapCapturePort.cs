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
public sealed class PcapCapturePort : PcapPort, ICapturePort
{
    /// <summary>Memory in which the kernel stores frames.</summary>
    public const int BufferBytes = 8 * 1024 * 1024;

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
        : base(name) => OpenFirst();

    public int PollDescriptor => _descriptor;

    public CaptureCounters Counters => _tally.Read(Watch.Reopens);

    public int Receive(FramePool pool, Span<FrameHandle> burst)
    {
        LibPcapLiveDevice? device = Device;
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
        if (Device is not null && LibPcap.Drops(Pcap) is >= 0 and long drops)
        {
            _tally.KernelDropsAre(_dropsOfEarlierDevices + drops);
        }

        FollowInterface(_failed);
    }

    private protected override LibPcapLiveDevice Open()
    {
        LibPcapLiveDevice device = PcapLive.Open(
            Name, EthernetSize.LongestFrame(Watch.Facts.MtuBytes), BufferBytes, promiscuous: true);
        nint pcap = device.Handle.DangerousGetHandle();
        if (!(LibPcap.CaptureInboundOnly(pcap) | LibPcap.IgnoreOutgoing(pcap)))
        {
            device.Dispose();
            throw new PortException(Name, "neither libpcap nor the kernel can leave out the frames this machine sends");
        }

        _descriptor = LibPcap.SelectableDescriptor(pcap);
        _nanoseconds = device.TimestampResolution == TimestampResolution.Nanosecond;
        _failed = false;
        return device;
    }

    private protected override void OnClosing()
    {
        _dropsOfEarlierDevices += Math.Max(0, LibPcap.Drops(Pcap));
        _descriptor = -1;
    }
}
