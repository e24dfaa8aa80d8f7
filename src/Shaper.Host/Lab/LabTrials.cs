namespace Shaper.Host.Lab;

/// <summary>Which trials a lab holds.</summary>
public enum LabTrials
{
    /// <summary>First without the box, then with it.</summary>
    Both,

    /// <summary>The bridge alone: what the site suffers today.</summary>
    Without,

    /// <summary>The box alone.</summary>
    With,
}
