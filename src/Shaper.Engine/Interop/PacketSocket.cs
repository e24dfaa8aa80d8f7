using System.Net;

namespace Shaper.Engine.Interop;

/// <summary>Opens AF_PACKET sockets in the calling thread's network namespace and sets them up step by step.</summary>
internal static unsafe class PacketSocket
{
    /// <summary>A raw socket that receives nothing yet: its protocol is 0 until it is bound.</summary>
    internal static FileDescriptor Open() => LibcSocket.Open("socket(AF_PACKET)", LibcSocket.AF_PACKET, LibcSocket.SOCK_RAW);

    /// <summary>Ties the socket to one interface; protocol 0 sends only, ETH_P_ALL receives everything.</summary>
    internal static void Bind(FileDescriptor socket, int interfaceIndex, ushort protocol)
    {
        LibcPacket.LinkAddress address = new()
        {
            Family = LibcSocket.AF_PACKET,
            Protocol = (ushort)IPAddress.HostToNetworkOrder((short)protocol),
            InterfaceIndex = interfaceIndex,
        };
        if (LibcSocket.bind(socket, &address, (uint)sizeof(LibcPacket.LinkAddress)) != 0)
        {
            throw LinuxException.FromLastError($"bind(AF_PACKET, interface {interfaceIndex})");
        }
    }

    /// <summary>Has the interface take in frames for other stations while this socket is open.</summary>
    internal static void JoinPromiscuous(FileDescriptor socket, int interfaceIndex)
    {
        LibcPacket.Membership membership = new() { InterfaceIndex = interfaceIndex, Type = LibcPacket.PACKET_MR_PROMISC };
        if (LibcSocket.setsockopt(
            socket, LibcPacket.SOL_PACKET, LibcPacket.PACKET_ADD_MEMBERSHIP, &membership, (uint)sizeof(LibcPacket.Membership)) != 0)
        {
            throw LinuxException.FromLastError($"setsockopt(PACKET_MR_PROMISC, interface {interfaceIndex})");
        }
    }
}
