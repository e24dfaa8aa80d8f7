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
public sealed class PcapInjectPort : PcapPort, IInjectPort
{
    /// <summary>Receiving is off: the least that libpcap makes a ring of.</summary>
    private const int BufferBytes = 64 * 1024;

    private InjectTally _tally;

    /// <inheritdoc cref="PcapCapturePort(string)"/>
    public PcapInjectPort(string name)
        : base(name) => OpenFirst();

    public InjectCounters Counters => _tally.Read(Watch.Reopens);

    public int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst)
    {
        if (Device is null)
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
            if (LibPcap.TryInject(Pcap, frame, out int errno))
            {
                sent++;
                bytes += frame.Length;
            }
            else if (_tally.IsToBeOfferedAgain(errno, Watch.State))
            {
                break;
            }

            done++;
        }

        _tally.Sent(sent, bytes);
        return done;
    }

    public void Tend() => FollowInterface(failed: false);

    private protected override LibPcapLiveDevice Open()
    {
        LibPcapLiveDevice device = PcapLive.Open(Name, snapBytes: 64, BufferBytes, promiscuous: false);

        // Where this fails the device fills its small buffer once, and the kernel drops the rest.
        LibPcap.StopReceiving(device.Handle.DangerousGetHandle(), Watch.Facts.Index);
        return device;
    }
}
