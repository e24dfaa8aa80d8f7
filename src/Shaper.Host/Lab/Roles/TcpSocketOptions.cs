using System.Net.Sockets;
using System.Text;

namespace Shaper.Host.Lab.Roles;

/// <summary>What Linux knows of a TCP socket and the runtime does not name.</summary>
internal static class TcpSocketOptions
{
    private const int IPPROTO_TCP = 6;
    private const int TCP_INFO = 11;
    private const int TCP_CONGESTION = 13;

    /// <summary>Offset of tcpi_total_retrans in struct tcp_info (linux/tcp.h): 8 bytes, then 23 words of 32 bits before it.</summary>
    private const int TotalRetransmissionsOffset = 100;

    /// <summary>Throws <see cref="SocketException"/> when the kernel has no such algorithm; loads its module where it can.</summary>
    public static void SetCongestionControl(this Socket socket, string name) =>
        socket.SetRawSocketOption(IPPROTO_TCP, TCP_CONGESTION, Encoding.ASCII.GetBytes(name));

    /// <summary>Segments sent again over the life of the connection; 0 when the connection is gone.</summary>
    public static long TotalRetransmissions(this Socket socket)
    {
        Span<byte> info = stackalloc byte[TotalRetransmissionsOffset + sizeof(uint)];
        try
        {
            return socket.GetRawSocketOption(IPPROTO_TCP, TCP_INFO, info) >= info.Length
                ? BitConverter.ToUInt32(info[TotalRetransmissionsOffset..])
                : 0;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
