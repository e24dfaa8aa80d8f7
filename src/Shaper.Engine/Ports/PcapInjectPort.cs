using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Shaper.Engine.Ports;

/// <summary>Sends on a network interface through libpcap, a frame a call. VLAN tags are part of the frame.</summary>
/// <remarks>
/// Has a device of its own, so that capture and inject threads share nothing; its receiving is turned off. Frames go through pcap_inject and not
/// through SharpPcap's SendPacket, which answers a full kernel queue with an exception a frame. Lives in the network namespace in which it was opened.
/// </remarks>
public sealed class PcapInjectPort : IInjectPort
{
    /// <summary>Receiving is off: the least that libpcap makes a ring of.</summary>
    private const int BufferBytes = 64 * 1024;

    private readonly InterfaceWatch _watch;
    private LibPcapLiveDevice? _device;
    private nint _pcap;
    private InjectTally _tally;

    /// <inheritdoc cref="PcapCapturePort(string)"/>
    public PcapInjectPort(string name)
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

    public PortState State => _watch.State;

    public InjectCounters Counters => _tally.Read(_watch.Reopens);

    public int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst)
    {
        if (_device is null)
        {
            _tally.Down(burst.Length);
            return burst.Length;
        }

        int done = 0;
        long sent = 0;
        long bytes = 0;
        foreach (FrameHandle handle in burst)
        {
            ReadOnlySpan<byte> frame = pool.Frame(handle);
            if (LibPcap.TryInject(_pcap, frame, out int errno))
            {
                sent++;
                bytes += frame.Length;
            }
            else if (_tally.IsToBeOfferedAgain(errno, _watch.State))
            {
                break;
            }

            done++;
        }

        _tally.Sent(sent, bytes);
        return done;
    }

    public void Tend()
    {
        bool replaced = _watch.LookForReplacement();
        if (_watch.State == PortState.Gone || replaced)
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
        LibPcapLiveDevice device = PcapLive.Open(Name, snapBytes: 64, BufferBytes, promiscuous: false);
        nint pcap = device.Handle.DangerousGetHandle();

        // Where this fails the device fills its small buffer once, and the kernel drops the rest.
        LibPcap.StopReceiving(pcap, _watch.Facts.Index);
        _device = device;
        _pcap = pcap;
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
        _pcap = 0;
        _device?.Dispose();
        _device = null;
    }
}
