using PacketDotNet;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Shaper.Engine.Ports;

/// <summary>Reads the frames of a pcap or pcapng file in order, with nanosecond time stamps where the file has them.</summary>
/// <remarks>
/// Errors (<see cref="CaptureFileException"/>): no such file, not a capture, truncated, other than Ethernet. A truncated file fails at the frame
/// where it ends, never silently. Off the hot path: the library allocates for each frame.
/// </remarks>
public sealed class CaptureFileReader : IDisposable
{
    private const string Accepted = "a pcap or pcapng file of Ethernet frames";

    private readonly CaptureFileReaderDevice _device;
    private readonly string _path;
    private byte[] _frame = [];
    private int _frameBytes;

    public CaptureFileReader(string path)
    {
        _path = path;
        if (!File.Exists(path))
        {
            throw new CaptureFileException($"{path}: no such file; accepted is {Accepted}");
        }

        _device = new(path);
        try
        {
            _device.Open(new DeviceConfiguration { TimestampResolution = SharpPcap.TimestampResolution.Nanosecond });
        }
        catch (PcapException e)
        {
            _device.Dispose();
            throw new CaptureFileException($"{path}: not a capture file ({Reason(e.Message)}); accepted is {Accepted}", e);
        }
        catch (DllNotFoundException e)
        {
            throw new CaptureFileException($"{path}: libpcap is not installed (Debian, Ubuntu: apt-get install libpcap0.8)", e);
        }

        if (_device.LinkType != LinkLayers.Ethernet)
        {
            LinkLayers found = _device.LinkType;
            _device.Dispose();
            throw new CaptureFileException($"{path}: link type {found}; accepted is {Accepted}");
        }
    }

    /// <summary>Frames read so far.</summary>
    public long Frames { get; private set; }

    /// <summary>Frames of which the capture holds only the beginning.</summary>
    public long CutFrames { get; private set; }

    /// <summary>The frame read last; valid until the next read.</summary>
    public ReadOnlySpan<byte> Frame => _frame.AsSpan(0, _frameBytes);

    /// <summary>When it was captured, Unix time in ns.</summary>
    public long UnixNs { get; private set; }

    /// <summary>Reads the next frame; false at the end of the file.</summary>
    public bool TryRead()
    {
        GetPacketStatus status = _device.GetNextPacket(out PacketCapture capture);
        if (status == GetPacketStatus.NoRemainingPackets)
        {
            return false;
        }

        if (status != GetPacketStatus.PacketRead)
        {
            throw new CaptureFileException($"{_path}: unreadable after frame {Frames} ({Reason(_device.LastError)}); accepted is {Accepted}");
        }

        ReadOnlySpan<byte> data = capture.Data;
        if (data.Length > _frame.Length)
        {
            _frame = new byte[Math.Max(data.Length, 2_048)];
        }

        data.CopyTo(_frame);
        _frameBytes = data.Length;
        PcapHeader header = (PcapHeader)capture.Header;
        CutFrames += header.PacketLength > header.CaptureLength ? 1 : 0;
        UnixNs = (long)(header.Timeval.Value * 1_000_000_000m);
        Frames++;
        return true;
    }

    public void Dispose() => _device.Dispose();

    private static string Reason(string text) => text.Replace("Unable to open offline adapter: ", "", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
