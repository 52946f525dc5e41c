#ifndef STUBSDK_NSSTRING_H
#define STUBSDK_NSSTRING_H
#import <Foundation/NSObject.h>

@interface NSString : NSObject
+ (instancetype)stringWithUTF8String:(const char *)text;
- (const char *)UTF8String;
@end

#endif
