namespace Shaper.Engine.Shaping.Framing;

/// <summary>The text form of a <see cref="Tunnel"/>: a preset, or words joined by plus signs, such as <c>gre-key+esp-transport+aes-gcm+nat-t</c>.</summary>
/// <remarks>A preset may stand in front of further words, which override it: <c>dmvpn+sha1+nat-t</c>.</remarks>
public static class TunnelText
{
    /// <summary>What the text form accepts, for error messages.</summary>
    public const string AcceptedForm =
        "none, or words joined by + from: dmvpn, dmvpn-gcm, gre, gre-key, esp-transport, esp-tunnel, aes-cbc, aes-gcm, sha1, sha256, sha384, sha512, nat-t, ipv6";

    /// <summary>Presets: the tunnel of a DMVPN spoke with a tunnel key and ESP in transport mode, by cipher.</summary>
    private static readonly Tunnel Dmvpn = new() { Gre = GreHeader.Keyed, Esp = EspMode.Transport };

    /// <summary>Reads the text form. False with the reason, which names the word at fault.</summary>
    public static bool TryParse(string? text, out Tunnel tunnel, out string fault)
    {
        tunnel = Tunnel.None;
        fault = "";
        if (string.IsNullOrWhiteSpace(text))
        {
            fault = "no tunnel given; accepted: " + AcceptedForm;
            return false;
        }

        Tunnel result = Tunnel.None;
        bool none = false;
        string[] words = text.Split('+', StringSplitOptions.TrimEntries);
        foreach (string word in words)
        {
            if (Apply(word.ToLowerInvariant(), result) is not { } next)
            {
                fault = $"'{word}' is not part of a tunnel; accepted: {AcceptedForm}";
                return false;
            }

            none |= string.Equals(word, "none", StringComparison.OrdinalIgnoreCase);
            result = next;
        }

        fault = none && words.Length > 1 ? "'none' stands alone" : !none && result.IsNone ? "a tunnel needs gre, gre-key, esp-transport or esp-tunnel" : result.Fault ?? "";
        if (fault.Length > 0)
        {
            return false;
        }

        tunnel = result;
        return true;
    }

    private static Tunnel? Apply(string word, Tunnel to) => word switch
    {
        "none" => to,
        "dmvpn" => Dmvpn,
        "dmvpn-gcm" => Dmvpn with { Cipher = EspCipher.AesGcm },
        "gre" => to with { Gre = GreHeader.Plain },
        "gre-key" => to with { Gre = GreHeader.Keyed },
        "esp-transport" => to with { Esp = EspMode.Transport },
        "esp-tunnel" => to with { Esp = EspMode.Tunnel },
        "aes-cbc" => to with { Cipher = EspCipher.AesCbc },
        "aes-gcm" => to with { Cipher = EspCipher.AesGcm },
        "sha1" => to with { Integrity = EspIntegrity.Sha1 },
        "sha256" => to with { Integrity = EspIntegrity.Sha256 },
        "sha384" => to with { Integrity = EspIntegrity.Sha384 },
        "sha512" => to with { Integrity = EspIntegrity.Sha512 },
        "nat-t" => to with { NatTraversal = true },
        "ipv6" => to with { OuterIpv6 = true },
        _ => null,
    };
}
