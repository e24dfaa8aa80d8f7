using System.Runtime.InteropServices;

namespace Shaper.Engine.Interop;

/// <summary>linux/if_packet.h: the structures and values of AF_PACKET sockets.</summary>
internal static class LibcPacket
{
    internal const int SOL_PACKET = 263;
    internal const int PACKET_ADD_MEMBERSHIP = 1;
    internal const int PACKET_RX_RING = 5;
    internal const int PACKET_STATISTICS = 6;
    internal const int PACKET_VERSION = 10;
    internal const int PACKET_QDISC_BYPASS = 20;
    internal const int PACKET_IGNORE_OUTGOING = 23;
    internal const ushort PACKET_MR_PROMISC = 1;
    internal const int TPACKET_V2 = 1;
    internal const int TPACKET2_HDRLEN = 52;
    internal const uint TP_STATUS_KERNEL = 0;
    internal const uint TP_STATUS_USER = 1;
    internal const uint TP_STATUS_VLAN_VALID = 1 << 4;
    internal const uint TP_STATUS_VLAN_TPID_VALID = 1 << 6;
    internal const ushort ETH_P_ALL = 3;
    internal const ushort ETH_P_8021Q = 0x8100;

    /// <summary>struct tpacket_req.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RingRequest
    {
        public uint BlockBytes;
        public uint Blocks;
        public uint FrameBytes;
        public uint Frames;
    }

    /// <summary>struct tpacket_stats.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RingStatistics
    {
        public uint Packets;
        public uint Drops;
    }

    /// <summary>struct tpacket2_hdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RingHeader
    {
        public uint Status;
        public uint Length;
        public uint CapturedLength;
        public ushort MacOffset;
        public ushort NetOffset;
        public uint Seconds;
        public uint Nanoseconds;
        public ushort VlanTci;
        public ushort VlanTpid;
        public uint Padding;
    }

    /// <summary>struct sockaddr_ll; the address is eight single bytes there, so nothing is aligned beyond four.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    internal struct LinkAddress
    {
        public ushort Family;

        /// <summary>Network byte order.</summary>
        public ushort Protocol;
        public int InterfaceIndex;
        public ushort HardwareType;
        public byte PacketType;
        public byte AddressLength;
        public ulong Address;
    }

    /// <summary>struct packet_mreq.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Membership
    {
        public int InterfaceIndex;
        public ushort Type;
        public ushort AddressLength;
        public ulong Address;
    }
}
