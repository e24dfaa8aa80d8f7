using PacketDotNet;
using SharpPcap;
using SharpPcap.LibPcap;

namespace Shaper.Engine.Ports;

/// <summary>Writes frames to a pcap file with nanosecond time stamps. The same frames and times give the same bytes.</summary>
public sealed class CaptureFileWriter : IDisposable
{
    private const int LongestFrameBytes = 262_144;
    private readonly CaptureFileWriterDevice _device;

    public CaptureFileWriter(string path)
    {
        _device = new(path, FileMode.Create);
        try
        {
            _device.Open(new DeviceConfiguration
            {
                LinkLayerType = LinkLayers.Ethernet,
                TimestampResolution = SharpPcap.TimestampResolution.Nanosecond,
                Snaplen = LongestFrameBytes,
            });
        }
        catch (PcapException e)
        {
            _device.Dispose();
            throw new CaptureFileException($"{path}: cannot be written ({e.Message.ReplaceLineEndings(" ")})", e);
        }
    }

    /// <param name="unixNs">Time stamp of the frame, Unix time in ns.</param>
    public void Write(long unixNs, ReadOnlySpan<byte> frame)
    {
        PcapHeader header = new(0, 0, (uint)frame.Length, (uint)frame.Length)
        {
            Timeval = new((ulong)(unixNs / 1_000_000_000), (ulong)(unixNs % 1_000_000_000), SharpPcap.TimestampResolution.Nanosecond),
        };
        _device.Write(frame, ref header);
    }

    public void Dispose() => _device.Dispose();
}
