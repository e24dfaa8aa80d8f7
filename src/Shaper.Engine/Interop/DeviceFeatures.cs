using System.Runtime.InteropServices;
using System.Text;

namespace Shaper.Engine.Interop;

/// <summary>The offload switches of network interfaces, by the names that ethtool(8) shows, such as <c>rx-gro</c>.</summary>
/// <remarks>One thread at a time. Setting needs CAP_NET_ADMIN. Source: the kernel's ethtool uapi (ETHTOOL_GFEATURES and its kin).</remarks>
public sealed unsafe class DeviceFeatures : IDisposable
{
    private const uint GetStrings = 27;
    private const uint GetStringCount = 55;
    private const uint GetFeatures = 58;
    private const uint SetFeatures = 59;
    private const uint StringSetFeatures = 4;
    private const int StringBytes = 32;
    private const int SetHeaderBytes = 8;
    private const int StringsHeaderBytes = 12;
    private const int GetBlockBytes = 16;
    private const int SetBlockBytes = 8;

    private readonly FileDescriptor _socket = LibcSocket.Open("socket(AF_INET)", LibcSocket.AF_INET, LibcSocket.SOCK_DGRAM);

    /// <summary>Which of <paramref name="names"/> are on now. A name that the kernel does not know is off.</summary>
    public IReadOnlyList<string> Active(string device, params ReadOnlySpan<string> names)
    {
        string[] known = Names(device);
        byte[] features = Read(device, known.Length);
        List<string> active = [];
        foreach (string name in names)
        {
            int bit = Array.IndexOf(known, name);
            if (bit >= 0 && (Word(features, SetHeaderBytes + (bit / 32 * GetBlockBytes) + 8) & Mask(bit)) != 0)
            {
                active.Add(name);
            }
        }

        return active;
    }

    /// <summary>Asks for the switches to be on or off; what the device cannot change stays as it is.</summary>
    public void Set(string device, IReadOnlyList<string> names, bool on)
    {
        ArgumentNullException.ThrowIfNull(names);
        string[] known = Names(device);
        byte[] features = Read(device, known.Length);
        int blocks = Blocks(known.Length);
        byte[] request = new byte[SetHeaderBytes + (blocks * SetBlockBytes)];
        MemoryMarshal.Write(request, SetFeatures);
        MemoryMarshal.Write(request.AsSpan(4), blocks);
        bool any = false;
        foreach (string name in names)
        {
            int bit = Array.IndexOf(known, name);

            // `available` are those that can be changed; asking for another is refused as a whole.
            if (bit < 0 || (Word(features, SetHeaderBytes + (bit / 32 * GetBlockBytes)) & Mask(bit)) == 0)
            {
                continue;
            }

            int valid = SetHeaderBytes + (bit / 32 * SetBlockBytes);
            MemoryMarshal.Write(request.AsSpan(valid), Word(request, valid) | Mask(bit));
            MemoryMarshal.Write(request.AsSpan(valid + 4), on ? Word(request, valid + 4) | Mask(bit) : Word(request, valid + 4));
            any = true;
        }

        if (any)
        {
            Ethtool(device, request, $"set offloads of {device}");
        }
    }

    public void Dispose() => _socket.Dispose();

    private string[] Names(string device)
    {
        Span<byte> count = stackalloc byte[24];
        MemoryMarshal.Write(count, GetStringCount);
        MemoryMarshal.Write(count[8..], 1ul << (int)StringSetFeatures);
        Ethtool(device, count, $"read offloads of {device}");
        int names = (int)Word(count, 16);
        byte[] strings = new byte[StringsHeaderBytes + (names * StringBytes)];
        MemoryMarshal.Write(strings, GetStrings);
        MemoryMarshal.Write(strings.AsSpan(4), StringSetFeatures);
        MemoryMarshal.Write(strings.AsSpan(8), names);
        Ethtool(device, strings, $"read offloads of {device}");
        string[] result = new string[names];
        for (int i = 0; i < names; i++)
        {
            result[i] = Encoding.ASCII.GetString(strings.AsSpan(StringsHeaderBytes + (i * StringBytes), StringBytes).TrimEnd((byte)0));
        }

        return result;
    }

    /// <summary>Blocks of (available, requested, active, never changed), 32 switches each.</summary>
    private byte[] Read(string device, int names)
    {
        int blocks = Blocks(names);
        byte[] features = new byte[SetHeaderBytes + (blocks * GetBlockBytes)];
        MemoryMarshal.Write(features, GetFeatures);
        MemoryMarshal.Write(features.AsSpan(4), blocks);
        Ethtool(device, features, $"read offloads of {device}");
        return features;
    }

    private static int Blocks(int names) => (names + 31) / 32;

    private static uint Mask(int bit) => 1u << (bit % 32);

    private static uint Word(ReadOnlySpan<byte> bytes, int offset) => MemoryMarshal.Read<uint>(bytes[offset..]);

    private void Ethtool(string device, Span<byte> command, string what)
    {
        LibcInterface.InterfaceRequest request = default;
        if (device.Length >= LibcInterface.IFNAMSIZ || !Ascii.IsValid(device))
        {
            throw new LinuxException(what, Errno.ENODEV);
        }

        for (int i = 0; i < device.Length; i++)
        {
            request.Name[i] = (byte)device[i];
        }

        fixed (byte* data = command)
        {
            // The union's other member: a pointer to the command.
            *(nint*)&request.Value = (nint)data;
            if (LibcInterface.ioctl(_socket, LibcInterface.SIOCETHTOOL, &request) < 0)
            {
                throw LinuxException.FromLastError(what);
            }
        }
    }
}
