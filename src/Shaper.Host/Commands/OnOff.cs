namespace Shaper.Host.Commands;

/// <summary>The two words of a switch.</summary>
internal enum OnOff
{
    Off,
    On,
}
