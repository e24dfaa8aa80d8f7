using System.Buffers.Binary;

namespace Shaper.NetSim;

/// <summary>A host with one IPv4 address: sends through whatever it is plugged into, hands what arrives to the endpoint bound to the destination port.</summary>
public sealed class SimHost(uint address)
{
    private readonly Dictionary<ushort, Action<byte[]>> _ports = [];

    public uint Address => address;

    /// <summary>What a frame from this host goes into.</summary>
    public Action<byte[]> Uplink { get; set; } = _ => { };

    public long ReceivedBytes { get; private set; }

    public void Bind(ushort port, Action<byte[]> receive) => _ports[port] = receive;

    /// <summary>Frames for other hosts are ignored, as a switched network would not bring them.</summary>
    public void Receive(byte[] frame)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(FrameCraft.EthernetBytes + 16)) != address)
        {
            return;
        }

        ReceivedBytes += frame.Length;
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(FrameCraft.EthernetBytes + FrameCraft.Ipv4Bytes + 2));
        if (_ports.TryGetValue(port, out Action<byte[]>? receive))
        {
            receive(frame);
        }
    }
}
