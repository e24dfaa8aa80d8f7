using System.Net;
using System.Net.Sockets;

namespace Shaper.Engine.Classify;

/// <summary>An IPv4 or IPv6 prefix, such as 10.1.0.0/16. IPv4 addresses occupy the lowest 32 bits of <see cref="Network"/>.</summary>
/// <remarks>Immutable value; construction refuses host bits beyond the length, so that a typing error is not silently a wider rule.</remarks>
public readonly record struct AddressPrefix
{
    /// <summary>What the text form accepts, for error messages.</summary>
    public const string AcceptedForm = "an address or a prefix without host bits, such as 192.0.2.7, 10.1.0.0/16 or 2001:db8::/32";

    /// <exception cref="ArgumentException">The length is too long for the family, or bits beyond it are set.</exception>
    public AddressPrefix(UInt128 network, int length, bool isIpv6)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, isIpv6 ? 128 : 32);
        if ((network & HostMask(length, isIpv6)) != 0 || (!isIpv6 && network > uint.MaxValue))
        {
            throw new ArgumentException("bits beyond the prefix length are set", nameof(network));
        }

        Network = network;
        Length = length;
        IsIpv6 = isIpv6;
    }

    public UInt128 Network { get; }

    /// <summary>Bits that must agree.</summary>
    public int Length { get; }

    public bool IsIpv6 { get; }

    /// <summary>The highest address inside.</summary>
    public UInt128 Last => Network | HostMask(Length, IsIpv6);

    public bool Contains(UInt128 address) => address >= Network && address <= Last;

    /// <summary>Reads "ADDRESS" or "ADDRESS/LENGTH". False on anything else, host bits included.</summary>
    public static bool TryParse(string? text, out AddressPrefix prefix)
    {
        prefix = default;
        if (text is null)
        {
            return false;
        }

        int slash = text.IndexOf('/', StringComparison.Ordinal);
        ReadOnlySpan<char> address = slash < 0 ? text : text.AsSpan(0, slash);

        // IPAddress reads "10" and "0x0A000001" as IPv4 too; nobody writes them in a policy on purpose.
        if (!IPAddress.TryParse(address, out IPAddress? parsed) || address.Contains('%') || address.Contains('[') ||
            (parsed.AddressFamily == AddressFamily.InterNetwork && address.Count('.') != 3))
        {
            return false;
        }

        bool isIpv6 = parsed.AddressFamily == AddressFamily.InterNetworkV6;
        int length = isIpv6 ? 128 : 32;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out int stated) || (length = stated) > (isIpv6 ? 128 : 32)))
        {
            return false;
        }

        UInt128 network = 0;
        foreach (byte b in parsed.GetAddressBytes())
        {
            network = (network << 8) | b;
        }

        if ((network & HostMask(length, isIpv6)) != 0)
        {
            return false;
        }

        prefix = new(network, length, isIpv6);
        return true;
    }

    public override string ToString()
    {
        byte[] bytes = new byte[IsIpv6 ? 16 : 4];
        UInt128 rest = Network;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            bytes[i] = (byte)rest;
            rest >>= 8;
        }

        return $"{new IPAddress(bytes)}/{Length}";
    }

    private static UInt128 HostMask(int length, bool isIpv6)
    {
        int hostBits = (isIpv6 ? 128 : 32) - length;
        return hostBits == 0 ? 0 : UInt128.MaxValue >> (128 - hostBits);
    }
}
