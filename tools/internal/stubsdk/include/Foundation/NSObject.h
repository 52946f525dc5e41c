#ifndef STUBSDK_NSOBJECT_H
#define STUBSDK_NSOBJECT_H
#import <objc/NSObject.h>

typedef unsigned char Byte;
typedef long NSInteger;
typedef unsigned long NSUInteger;

@protocol NSCopying
- (id)copyWithZone:(void *)zone;
@end

#endif
